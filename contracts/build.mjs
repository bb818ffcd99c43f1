// Compile contracts/src with the pinned solc and OpenZeppelin into contracts/artifacts.
// `node build.mjs` writes, `node build.mjs --out DIR` writes elsewhere (the tests compare), and
// `node build.mjs --out DIR --extra SRC` compiles the tests' own contracts in the same way.
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(HERE, 'package.json'));
const CONTRACTS = ['EntryKeyRegistry', 'EventFactory', 'EventTicket', 'GuestEvent', 'POAP'];
const INTERFACES = ['IDoorBook', 'IEventHooks'];
const CODE_LIMIT = 24_576; // EIP-170
const SETTINGS = {
  optimizer: { enabled: true, runs: 20 },
  viaIR: false,
  evmVersion: 'shanghai',
  // Without metadata the code does not depend on paths or comments.
  metadata: { bytecodeHash: 'none', appendCBOR: false },
};

const OUTPUTS = [
  'abi',
  'evm.bytecode.object',
  'evm.deployedBytecode.object',
  'evm.deployedBytecode.immutableReferences',
];

function sources(folder, prefix) {
  const found = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) Object.assign(found, sources(path, `${prefix}${entry.name}/`));
    else if (entry.name.endsWith('.sol')) {
      found[`${prefix}${entry.name}`] = { content: readFileSync(path, 'utf8') };
    }
  }
  return found;
}

function findImport(path) {
  const parts = path.split('/');
  if (parts[0] !== '@openzeppelin' || parts.includes('..')) return { error: 'not allowed' };
  try {
    return { contents: readFileSync(join(HERE, 'node_modules', ...parts), 'utf8') };
  } catch (error) {
    return { error: String(error) };
  }
}

function compile(extra, wanted) {
  const solc = require('solc');
  const input = {
    language: 'Solidity',
    sources: { ...sources(join(HERE, 'src'), 'src/'), ...extra },
    settings: {
      ...SETTINGS,
      outputSelection: Object.fromEntries(wanted.map((path) => [path, { '*': OUTPUTS }])),
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: findImport }));
  const messages = output.errors ?? [];
  for (const message of messages) process.stderr.write(`${message.formattedMessage}\n`);
  if (messages.length > 0) process.exit(1); // warnings too
  return { contracts: output.contracts, version: solc.version() };
}

function sortKeys(value) {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortKeys(value[key])]),
  );
}

/** Places of the immutables in the deployed code, free of the compiler's internal numbering. */
function immutables(references) {
  return Object.values(references ?? {})
    .flat()
    .map(({ start, length }) => ({ length, start }))
    .sort((a, b) => a.start - b.start);
}

function artifact(name, compiled, version) {
  const { bytecode, deployedBytecode } = compiled.evm;
  const size = deployedBytecode.object.length / 2;
  if (size > CODE_LIMIT) throw new Error(`${name}: ${size} bytes of code, the limit is ${CODE_LIMIT}`);
  return {
    contractName: name,
    abi: compiled.abi.map(sortKeys),
    bytecode: `0x${bytecode.object}`,
    deployedBytecode: `0x${deployedBytecode.object}`,
    immutableReferences: immutables(deployedBytecode.immutableReferences),
    compiler: { version, settings: SETTINGS },
  };
}

function argument(flag) {
  const at = process.argv.indexOf(flag);
  return at < 0 ? undefined : process.argv[at + 1];
}

const out = argument('--out') ?? join(HERE, 'artifacts');
const extraFolder = argument('--extra');
const extra = extraFolder ? sources(extraFolder, 'test/') : {};
const wanted = extraFolder
  ? Object.keys(extra)
  : [
      ...CONTRACTS.map((name) => `src/${name}.sol`),
      ...INTERFACES.map((name) => `src/interfaces/${name}.sol`),
    ];
const { contracts, version } = compile(extra, wanted);
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const path of wanted) {
  const name = path.split('/').pop().replace('.sol', '');
  const result = artifact(name, contracts[path][name], version);
  writeFileSync(join(out, `${name}.json`), `${JSON.stringify(result, null, 1)}\n`);
  process.stdout.write(`${name}: ${(result.deployedBytecode.length - 2) / 2} bytes\n`);
}
