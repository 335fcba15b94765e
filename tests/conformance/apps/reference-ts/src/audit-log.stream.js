module.exports.config = { name: 'audit-log', schema: { type: 'object' }, baseConfig: { storageType: 'default' } }
