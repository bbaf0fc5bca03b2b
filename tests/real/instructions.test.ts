/** The differential test of tests/diff.test.ts with a thousand words a row. */
process.env['DEMOTIC_DIFF'] = 'all'
await import('../diff.test.ts')
