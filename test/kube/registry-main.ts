import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

// An npm registry of one package, for a cluster without the internet: node registry-main.js HOST PORT NAME VERSION TARBALL

const [host, port, name, version, file] = process.argv.slice(2) as [string, string, string, string, string];
const tarball = readFileSync(file);
const dist = { tarball: `http://${host}:${port}/package.tgz` };
const packument = { name, 'dist-tags': { latest: version }, versions: { [version]: { name, version, dist } } };

createServer((request, response) => {
  if (request.url === '/package.tgz') return response.end(tarball);
  response.setHeader('content-type', 'application/json');
  return response.end(JSON.stringify(packument));
}).listen(Number(port), host, () => process.stdout.write('listening\n'));
