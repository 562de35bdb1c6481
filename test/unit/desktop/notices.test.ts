import { expect } from 'chai';
import { noticesBetween } from '#desktop/notices.js';
import type { DesktopView } from '#desktop/view/desktop-view.js';
import { viewOf } from './desktop-views.js';

const joining = viewOf({ state: 'offline', agent: { ...viewOf().agent, phase: 'joining' } });
const resting = (by: 'owner' | 'battery') =>
  viewOf({ state: 'paused', agent: { ...viewOf().agent, pause: { by, text: `paused by its ${by}` } } });
const titles = (before: DesktopView, after: DesktopView) => noticesBetween(before, after).map(({ title }) => title);

describe('noticesBetween', () => {
  it('tells of joining, and of a coordinator that is lost', () => {
    expect(titles(joining, viewOf())).to.deep.equal(['This machine has joined the fleet']);
    expect(titles(viewOf(), joining)).to.deep.equal(['The coordinator is out of reach']);
  });
  it('tells what needs somebody, in the words of the problem', () => {
    const trouble = viewOf({ state: 'error', problems: [{ atMs: 0, text: 'Ollama does not answer at …' }] });
    expect(noticesBetween(viewOf(), trouble)).to.deep.equal([{ title: 'Something needs you', body: 'Ollama does not answer at …' }]);
  });
  it('tells of a rest that its owner did not ask for', () => {
    expect(titles(viewOf(), resting('battery'))).to.deep.equal(['This machine rests']);
    expect(titles(viewOf(), resting('owner'))).to.deep.equal([]);
  });
  it('tells of a new version once', () => {
    const ready = viewOf({ update: { phase: 'ready', version: '0.2.0' } });
    expect(titles(viewOf(), ready)).to.deep.equal(['A new version is ready']);
    expect(titles(ready, ready)).to.deep.equal([]);
  });
  it('says nothing of what comes and goes by itself', () =>
    expect(titles(viewOf(), viewOf({ state: 'serving', line: 'Serving one request' }))).to.deep.equal([]));
});
