import { expect } from 'chai';
import { ProblemBook } from '#desktop/view/problem-book.js';

describe('ProblemBook', () => {
  it('notes each problem once while it lasts, the latest first', () => {
    const book = new ProblemBook();
    book.look(['one'], 1);
    book.look(['one'], 2);
    book.look(['one', 'two'], 3);
    book.look([], 4);
    book.look(['one'], 5);
    expect(book.noted.map(({ atMs, text }) => `${atMs} ${text}`)).to.deep.equal(['5 one', '3 two', '1 one']);
  });
  it('keeps the last twenty, and forgets what is not there any more', () => {
    const book = new ProblemBook();
    for (let atMs = 0; atMs < 30; atMs += 1) book.look([`problem ${atMs}`], atMs);
    expect([book.noted.length, book.noted[0]?.text]).to.deep.equal([20, 'problem 29']);
    book.forget();
    book.look(['problem 29'], 31);
    expect(book.noted).to.deep.equal([]);
  });
});
