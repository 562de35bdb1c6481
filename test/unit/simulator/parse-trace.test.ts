import { InputError, parseTrace } from '@ollama-coordinator/simulator';
import { expect } from 'chai';

const OWN = 'at_ms,model,num_ctx,caller,session,input_tokens,output_tokens';
const AZURE = 'TIMESTAMP,ContextTokens,GeneratedTokens';

describe('parseTrace', () => {
  it('reads the Azure LLM inference traces, fractions of a millisecond kept', () => {
    const { requests } = parseTrace(`${AZURE}\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n`, 'code.csv');
    expect(requests.map(({ atMs, inputTokens, outputTokens }) => [atMs, inputTokens, outputTokens])).to.deep.equal([
      [0, 374, 44],
      [requests[1]?.atMs, 396, 109],
    ]);
    expect(requests[1]?.atMs).to.be.closeTo(4314.579, 0.01);
    expect(requests[0]).to.include({ model: undefined, session: undefined, numCtx: undefined });
  });

  it('reads those of 2024, with an offset', () => {
    const { requests } = parseTrace(`${AZURE}\n2024-05-10 00:00:00.009930+00:00,1,2\n2024-05-10 02:00:01.009930+02:00,3,4`, 'x');
    expect(requests[1]?.atMs).to.be.closeTo(1000, 0.001);
  });

  it('reads its own, with empty cells for what is not known', () => {
    const text = `${OWN}\n100,llama3,8192,ann,s1,10,20\n250,Qwen3:8b,,,,1,2\n`;
    expect(parseTrace(text, 'own.csv')).to.deep.equal({
      name: 'own.csv',
      requests: [
        { atMs: 0, model: 'llama3:latest', numCtx: 8192, caller: 'ann', session: 's1', inputTokens: 10, outputTokens: 20, line: 2 },
        {
          atMs: 150,
          model: 'qwen3:8b',
          numCtx: undefined,
          caller: 'caller-2',
          session: undefined,
          inputTokens: 1,
          outputTokens: 2,
          line: 3,
        },
      ],
    });
  });

  it('takes columns in any order and case, passes unknown ones over, and sorts by time', () => {
    const text = 'Output_Tokens,note,AT_MS,model,input_tokens\n2,"a, ""b""",200,m,1\n4,,100,m,3\n';
    expect(parseTrace(text, 'x').requests.map(({ atMs, inputTokens }) => [atMs, inputTokens])).to.deep.equal([
      [0, 3],
      [100, 1],
    ]);
  });

  it('takes a byte order mark, CRLF, and empty lines', () => {
    expect(parseTrace(`\uFEFF${OWN}\r\n\r\n0,m,,,,1,1\r\n\r\n`, 'x').requests).to.have.lengthOf(1);
  });

  const bad: readonly [what: string, text: string, line: number, field: string | undefined, says: RegExp][] = [
    ['nothing', '', 1, undefined, /empty/],
    ['only a header', `${OWN}\n`, 1, undefined, /no request/],
    ['no header', '0,m,,,,1,1\n', 1, 'at_ms', /column is missing/],
    ['a header without a column', 'at_ms,model,input_tokens\n', 1, 'output_tokens', /column is missing/],
    ['an Azure header without a column', 'TIMESTAMP,ContextTokens\n', 1, 'generatedtokens', /column is missing/],
    ['a column named twice', `${OWN},model\n`, 1, 'model', /twice/],
    ['too few cells', `${OWN}\n0,m,,,,1\n`, 2, 'output_tokens', /6 cells.*7 columns/],
    ['too many cells', `${OWN}\n0,m,,,,1,1,1\n`, 2, undefined, /8 cells/],
    ['an open quotation mark', `${OWN}\n0,"m,,,,1,1\n`, 2, undefined, /quotation mark/],
    ['a time that is no number', `${OWN}\nsoon,m,,,,1,1\n`, 2, 'at_ms', /"soon" is not a number/],
    ['a time below 0', `${OWN}\n-1,m,,,,1,1\n`, 2, 'at_ms', /below 0/],
    ['no model', `${OWN}\n0,,,,,1,1\n`, 2, 'model', /empty/],
    ['a context that is no number', `${OWN}\n0,m,big,,,1,1\n`, 2, 'num_ctx', /"big"/],
    ['a context of nothing', `${OWN}\n0,m,0,,,1,1\n`, 2, 'num_ctx', /at least 1/],
    ['no input', `${OWN}\n0,m,,,,,1\n`, 2, 'input_tokens', /empty/],
    ['half a token', `${OWN}\n0,m,,,,1.5,1\n`, 2, 'input_tokens', /whole number/],
    ['tokens below 0', `${OWN}\n0,m,,,,1,-4\n`, 2, 'output_tokens', /below 0/],
    ['tokens without end', `${OWN}\n0,m,,,,1,1e99\n`, 2, 'output_tokens', /more than/],
    ['hexadecimal tokens', `${OWN}\n0,m,,,,1,0x10\n`, 2, 'output_tokens', /not a number/],
    ['the third line wrong', `${OWN}\n0,m,,,,1,1\n\n1,m,,,,x,1\n`, 4, 'input_tokens', /"x"/],
    ['a day that is none', `${AZURE}\n2023-02-30 00:00:00,1,1\n`, 2, 'TIMESTAMP', /no time/],
    ['a time of day that is none', `${AZURE}\n2023-02-03 25:00:00,1,1\n`, 2, 'TIMESTAMP', /no time/],
    ['a time years later', `${OWN}\n0,m,,,,1,1\n1e11,m,,,,1,1\n`, 3, 'at_ms', /1157 days after the first/],
    ['an Azure time years later', `${AZURE}\n2024-02-03 05:00:00,1,1\n2023-02-03 05:00:00,1,1\n`, 2, 'TIMESTAMP', /365 days/],
    ['Azure tokens that are none', `${AZURE}\n2023-02-03 05:00:00,1,many\n`, 2, 'GeneratedTokens', /"many"/],
  ];
  for (const [what, text, line, field, says] of bad) {
    it(`refuses ${what}, naming line and field`, () => {
      const error = errorOf(() => parseTrace(text, 'bad.csv'));
      expect(error.place).to.deep.include({ file: 'bad.csv', line, ...(field === undefined ? {} : { field }) });
      expect(error.message).to.match(says).and.to.include(`bad.csv, line ${line}`);
      if (field !== undefined) expect(error.message).to.include(`field ${field}`);
    });
  }
});

function errorOf(run: () => unknown): InputError {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
