import { COORDINATOR_SERVICE, type MdnsRecord, openMdns, systemClock } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { findCoordinators } from '#agent/discover/find-coordinators.js';
import { describeAttack } from './support/describe-attack.js';

const HERE = { addresses: ['127.0.0.1'] };

describeAttack('discovery', 'an agent that asks its network for coordinators', (seen) => {
  const closes: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closes.splice(0)) await close();
  });

  /** A machine of the network that answers every question with these. */
  const answerWith = async (records: readonly MdnsRecord[]) => {
    const mdns = await openMdns({ ...HERE, onQuestion: (_names, link) => void link.tell(records) });
    closes.push(() => mdns.close());
  };
  const told = (name: string, url: string): MdnsRecord[] => {
    const instance = `${name}.${COORDINATOR_SERVICE}`;
    return [
      { name: COORDINATOR_SERVICE, type: 'PTR', ttl: 120, data: instance },
      { name: instance, type: 'TXT', ttl: 120, data: [`url=${url}`] },
    ];
  };
  const find = () => findCoordinators({ clock: systemClock, ...HERE });

  it('addresses that are no page of the web', async () => {
    await answerWith(
      [
        'javascript:alert(1)',
        'file:///etc/passwd',
        'data:text/html,x',
        'http://user:secret@evil.example',
        'http://evil.example:99999',
      ].flatMap((url, index) => told(`evil-${index}`, url)),
    );
    expect((await find()).filter(({ name }) => name.startsWith('evil'))).to.deep.equal([]);
    seen('left out');
  });

  it('names that move the cursor of a terminal, or are markup', async () => {
    await answerWith(told('\u001b[2J<img src=x onerror=alert(1)>\u202E', 'http://evil.example:8080'));
    const [one] = (await find()).filter(({ url }) => url === 'http://evil.example:8080');
    // As text it does nothing, on a terminal and in the window, which shows no other.
    expect(one?.name).to.equal('[2J<img src=x onerror=alert(1)>');
    seen('text');
  });

  it('a thousand coordinators', async () => {
    for (let machine = 0; machine < 20; machine += 1)
      await answerWith(Array.from({ length: 50 }, (_, index) => told('evil', `http://10.9.${machine}.${index}:8080`)).flat());
    expect(await find()).to.have.lengthOf(16);
    seen('16 shown');
  });
});
