/** Ends what runs of the program: a file in use is replaced only at the next start of Windows. 98 = a program, started in a folder, whatever it returns. */
const RUN_IN_FOLDER = 34 + 64;
/** Sets a property. */
const SET_PROPERTY = 51;
/** As part of what the installer does, not while it plans. */
const DEFERRED = 1024;
const MINIMIZED = 7;

const INI_FILE =
  `CREATE TABLE \`IniFile\` (\`IniFile\` CHAR(72) NOT NULL, \`FileName\` CHAR(255) NOT NULL LOCALIZABLE, \`DirProperty\` CHAR(72),
 \`Section\` CHAR(96) NOT NULL LOCALIZABLE, \`Key\` CHAR(128) NOT NULL LOCALIZABLE, \`Value\` CHAR(255) NOT NULL LOCALIZABLE,
 \`Action\` SHORT NOT NULL, \`Component_\` CHAR(72) NOT NULL PRIMARY KEY \`IniFile\`)`.replaceAll('\n', '');

/**
 * What wixl cannot say in agent/installer.wxs, as SQL for msibuild: conditions, short names, agent.env, and what an upgrade and a removal take along.
 * @type {readonly string[]}
 */
export const COMPLETIONS = [
  "UPDATE `Component` SET `Condition` = 'START_AT_LOGIN = \"1\"' WHERE `Component` = 'RunKey'",
  insert('LaunchCondition', {
    Condition: 'VersionNT64 OR Installed',
    Description: 'The Ollama Agent needs a 64-bit Windows, version 10 or later.',
  }),
  'UPDATE `Shortcut` SET `ShowCmd` = ' + MINIMIZED + " WHERE `Shortcut` = 'RunShortcut'",
  shortName('Shortcut', 'Name', 'RunShortcut', 'OLLAMA~1|Ollama Agent'),
  shortName('Shortcut', 'Name', 'StatusShortcut', 'OLLAMA~2|Ollama Agent status'),
  shortName('Directory', 'DefaultDir', 'INSTALLDIR', 'OLLAMA~1|Ollama Agent'),
  shortName('Directory', 'DefaultDir', 'MenuDir', 'OLLAMA~1|Ollama Agent'),
  shortName('File', 'FileName', 'AgentExe', 'OLLAMA~1.EXE|ollama-agent.exe'),
  INI_FILE,
  ...iniLine('IniUrl', 'AGENT_COORDINATOR_URL', '[COORDINATOR_URL]'),
  ...iniLine('IniToken', 'AGENT_JOIN_TOKEN', '[JOIN_TOKEN]'),
  // Windows leaves the heading of an ini file.
  insert('RemoveFile', { FileKey: 'RemoveEnv', Component_: 'Settings', FileName: 'agent.env', DirProperty: 'INSTALLDIR', InstallMode: 2 }),
  sequence('RemoveIniValues', 3100),
  sequence('WriteIniValues', 5100),
  // A silent upgrade is not told again what the first installation was told.
  ...action({
    name: 'KeepUrl',
    type: SET_PROPERTY,
    source: 'COORDINATOR_URL',
    target: '[KEPT_URL]',
    at: 60,
    when: 'NOT COORDINATOR_URL AND KEPT_URL',
  }),
  ...action({
    name: 'KeepToken',
    type: SET_PROPERTY,
    source: 'JOIN_TOKEN',
    target: '[KEPT_TOKEN]',
    at: 61,
    when: 'NOT JOIN_TOKEN AND KEPT_TOKEN',
  }),
  // With the Ollama that it started; then without, for a taskkill that knows no /T, as wine's.
  ...endAgent('EndAgentAndOllama', 1389, '/F /T'),
  ...endAgent('EndAgent', 1390, '/F'),
  ...action({
    name: 'RemoveData',
    type: RUN_IN_FOLDER + DEFERRED,
    source: 'LocalAppDataFolder',
    target: '"[System64Folder]cmd.exe" /c rd /s /q "%USERPROFILE%\\.ollama-agent"',
    at: 3550,
    when: 'REMOVE = "ALL" AND NOT UPGRADINGPRODUCTCODE',
  }),
];

function endAgent(name, at, flags) {
  const target = `"[System64Folder]taskkill.exe" ${flags} /IM ollama-agent.exe`;
  return action({ name, type: RUN_IN_FOLDER, source: 'LocalAppDataFolder', target, at, when: 'REMOVE = "ALL"' });
}

function insert(table, values) {
  const names = Object.keys(values).map((name) => `\`${name}\``);
  const texts = Object.values(values).map((value) => (typeof value === 'number' ? value : `'${value}'`));
  return `INSERT INTO \`${table}\` (${names.join(', ')}) VALUES (${texts.join(', ')})`;
}

/** Names that DOS would not know have a short one beside them. */
function shortName(table, column, row, name) {
  return `UPDATE \`${table}\` SET \`${column}\` = '${name}' WHERE \`${table}\` = '${row}'`;
}

function iniLine(row, key, value) {
  return [
    insert('IniFile', {
      IniFile: row,
      FileName: 'agent.env',
      DirProperty: 'INSTALLDIR',
      Section: 'agent',
      Key: key,
      Value: value,
      Action: 0,
      Component_: 'Settings',
    }),
  ];
}

function sequence(name, at, when) {
  return insert('InstallExecuteSequence', { Action: name, ...(when && { Condition: when }), Sequence: at });
}

function action({ name, type, source, target, at, when }) {
  return [insert('CustomAction', { Action: name, Type: type, Source: source, Target: target }), sequence(name, at, when)];
}
