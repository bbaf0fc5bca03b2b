process.send({hi:1}); process.on('message', m => process.exit(7))
