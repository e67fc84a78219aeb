// `n8n-node lint` looks at every .ts of the repository; its rules are for code that runs inside n8n.
export default [{ ignores: ['**'] }];
