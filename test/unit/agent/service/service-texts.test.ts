import { expect } from 'chai';
import { launchdPlist } from '#agent/service/launchd.js';
import type { ServiceFacts } from '#agent/service/service-kind.js';
import { chooseScope } from '#agent/service/service-scope.js';
import { systemd } from '#agent/service/systemd.js';
import { systemdUnit } from '#agent/service/systemd-unit.js';
import { taskScheduler, taskXml } from '#agent/service/task-scheduler.js';

const facts: ServiceFacts = {
  scope: 'system',
  program: ['/usr/bin/node', '/opt/agent/bin/ollama-agent.js'],
  dataDir: '/home/me/.ollama-agent',
  home: '/home/me',
  uid: 501,
  programData: 'C:\\ProgramData',
  graphicsGroups: ['video', 'render'],
};

describe('systemdUnit', () => {
  const unit = systemdUnit({ ...facts, envPath: '/etc/ollama-agent/agent.env' });

  for (const line of [
    'ExecStart="/usr/bin/node" "/opt/agent/bin/ollama-agent.js" "run"',
    'EnvironmentFile=/etc/ollama-agent/agent.env',
    'Restart=on-failure',
    'DynamicUser=yes',
    'StateDirectory=ollama-agent',
    'StateDirectoryMode=0700',
    'UMask=0077',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'CapabilityBoundingSet=',
    'SystemCallFilter=@system-service',
    'SupplementaryGroups=video render',
    'WantedBy=multi-user.target',
  ])
    it(`of the system has ${line}`, () => expect(unit.split('\n')).to.include(line));

  it('leaves the graphics card and V8 what they need', () => {
    expect(unit).to.not.match(/PrivateDevices|MemoryDenyWriteExecute|ProtectClock/);
  });

  it('of a user asks for nothing that takes rights to set up', () => {
    const text = systemdUnit({ ...facts, scope: 'user', envPath: '/home/me/.ollama-agent/service.env' });
    expect(text).to.include('NoNewPrivileges=yes').and.include('WantedBy=default.target');
    expect(text).to.not.match(/DynamicUser|Protect|SupplementaryGroups|network-online/);
  });

  it('has a program with any name taken as it is', () => {
    const text = systemdUnit({ ...facts, program: ['/opt/my "own" 100% $agent\\x'], envPath: '/etc/a%b' });
    expect(text).to.include('ExecStart="/opt/my \\"own\\" 100%% $$agent\\\\x" "run"').and.include('EnvironmentFile=/etc/a%%b');
  });

  it('refuses a program that the account of the service cannot see', () => {
    expect(() => systemd.plan({ ...facts, program: ['/home/me/.nvm/node', '/x.js'] })).to.throw(/\/home\/me\/\.nvm\/node is in a home/);
    expect(() => systemd.plan({ ...facts, scope: 'user', program: ['/home/me/.nvm/node', '/x.js'] })).to.not.throw();
  });
});

describe('launchdPlist', () => {
  it('starts the agent with its file of settings, again after a failure, and escapes what XML would read', () => {
    const text = launchdPlist({ ...facts, program: ['/Applications/A & B/ollama-agent'], envPath: '/opt/<me>/service.env' });
    expect(text).to.include('<string>/Applications/A &amp; B/ollama-agent</string>');
    expect(text).to.include('<string>--env-file</string>\n    <string>/opt/&lt;me&gt;/service.env</string>');
    expect(text).to.match(/<key>SuccessfulExit<\/key>\s*<false\/>/);
    expect(text).to.include('<string>/home/me/.ollama-agent/agent.log</string>');
  });
});

describe('taskXml', () => {
  const program = ['C:\\Program Files\\Ollama Agent\\ollama-agent.exe'];

  it('of the system starts with the machine, as LocalService', () => {
    const text = taskXml({ scope: 'system', program, envPath: 'C:\\ProgramData\\ollama-agent\\service.env' });
    expect(text).to.include('<BootTrigger>').and.include('<UserId>S-1-5-19</UserId>').and.include('<RunLevel>LeastPrivilege</RunLevel>');
    expect(text).to.include('<Command>C:\\Program Files\\Ollama Agent\\ollama-agent.exe</Command>');
    expect(text).to.include('<Arguments>run --env-file C:\\ProgramData\\ollama-agent\\service.env</Arguments>');
  });

  it('of a user starts at the log-on, and both are started again within a minute', () => {
    const text = taskXml({ scope: 'user', program, envPath: 'D:\\of me\\A B\\service.env' });
    expect(text).to.include('<LogonTrigger>').and.include('&quot;D:\\of me\\A B\\service.env&quot;');
    expect(text)
      .to.include('<Interval>PT1M</Interval>')
      .and.include('IgnoreNew')
      .and.include('<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>');
  });

  it('keeps the folder of a service of the system for itself and administrators, before the task is made', () => {
    const [first, second] = taskScheduler.plan({ ...facts, program }).install;
    expect(first?.command.slice(0, 3)).to.deep.equal(['icacls', 'C:\\ProgramData\\ollama-agent', '/inheritance:r']);
    expect(second?.command.slice(0, 2)).to.deep.equal(['schtasks', '/Create']);
  });
});

describe('chooseScope', () => {
  const rows: { asked?: string; platform: NodeJS.Platform; uid: number | undefined; is: string | RegExp }[] = [
    { platform: 'linux', uid: 0, is: 'system' },
    { platform: 'linux', uid: 1000, is: 'user' },
    { asked: 'user', platform: 'linux', uid: 0, is: 'user' },
    { asked: 'system', platform: 'linux', uid: 1000, is: /put sudo before the command/ },
    { platform: 'darwin', uid: 501, is: 'user' },
    { platform: 'darwin', uid: 0, is: /run this without sudo/ },
    { asked: 'system', platform: 'darwin', uid: 501, is: /for who is logged in/ },
    { platform: 'win32', uid: undefined, is: 'user' },
    { asked: 'system', platform: 'win32', uid: undefined, is: 'system' },
    { asked: 'all', platform: 'linux', uid: 0, is: /--scope must be system or user, not "all"/ },
  ];
  for (const { asked, is, ...who } of rows)
    it(`${who.platform}, user ${who.uid}, asked ${asked}: ${is}`, () => {
      if (typeof is === 'string') expect(chooseScope(asked, who)).to.equal(is);
      else expect(() => chooseScope(asked, who)).to.throw(is);
    });
});
