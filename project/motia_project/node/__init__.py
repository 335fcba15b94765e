"""TypeScript and JavaScript files of a project: compiled by esbuild, read and run by Node."""
