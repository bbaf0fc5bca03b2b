node -e 'console.log(1 + 1)'
node workers.js
node children.js
node jit.js
node /usr/local/lib/node_modules/npm/bin/npm-cli.js --version
