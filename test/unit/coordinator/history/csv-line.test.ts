import { expect } from 'chai';
import { csvLine } from '#coordinator/history/csv-line.js';

describe('csvLine', () => {
  const cases: { values: Parameters<typeof csvLine>[0]; line: string }[] = [
    { values: ['a', 1, true, undefined, 0], line: 'a,1,true,,0\r\n' },
    { values: ['one, two', 'say "no"', 'two\nlines'], line: '"one, two","say ""no""","two\nlines"\r\n' },
    { values: ['=1+1', '+1', '-1', '@SUM(A1)', '\tx'], line: "'=1+1,'+1,'-1,'@SUM(A1),'\tx\r\n" },
    { values: [-1, '=HYPERLINK("http://x")'], line: '-1,"\'=HYPERLINK(""http://x"")"\r\n' },
  ];
  for (const { values, line } of cases) {
    it(`writes ${JSON.stringify(values)}`, () => {
      expect(csvLine(values)).to.equal(line);
    });
  }
});
