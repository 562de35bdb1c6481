import { expect } from 'chai';
import { answerTo, renderChat } from '../../../support/simulated-ollama/answer-words.js';

const take = (prompt: string, count: number) => Array.from({ length: count }, (_, index) => answerTo(prompt)(index)).join('');
const chat = (content: string) => renderChat([{ role: 'user', content }]);

describe('answerTo', () => {
  it('begins with the last character of the prompt, of a chat or raw', () => {
    expect(take(chat('hello z'), 3)).to.equal(' echo-z the sky');
    expect(take('hello 7', 3)).to.equal(' echo-7 the sky');
    expect(take(chat('hello!'), 2)).to.equal(' the sky');
  });

  it('goes on from every place of an answer that has begun', () => {
    const whole = take(chat('hello z'), 400);
    for (let count = 0; count < 300; count += 7) {
      const begun = take(chat('hello z'), count);
      expect(begun + take(chat('hello z') + begun, 400 - count), `after ${count} tokens`).to.equal(whole);
    }
  });

  it('takes a closed last turn of the assistant as closed', () => {
    const prompt = renderChat([
      { role: 'user', content: 'hello z' },
      { role: 'assistant', content: ' echo-z the' },
    ]);
    expect(take(prompt, 1)).to.equal(' echo-e');
  });

  it('never says the same word twice, so that a lost or doubled one shows', () => {
    const words = take(chat('x'), 1000).trim().split(' ');
    expect(new Set(words).size).to.equal(1000);
  });
});
