# esbuild, N times: a bundle of React and lodash with its source map.
n=$1
while [ $n -gt 0 ]; do
  esbuild entry.js --bundle --minify --sourcemap --platform=node --log-level=warning --outfile=bundle.js || exit
  n=$((n - 1))
done
cat bundle.js
