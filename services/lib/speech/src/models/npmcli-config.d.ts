// The parts that we use of @npmcli/config, which ships no types.
declare module '@npmcli/config' {
  export default class Config {
    constructor(options: {
      definitions: Record<string, { default: unknown }>;
      shorthands: Record<string, readonly string[]>;
      flatten: (values: object, flat: object) => object;
      nerfDarts: readonly string[];
      npmPath: string;
      env: Record<string, string | undefined>;
      argv: readonly string[];
      warn: boolean;
    });
    load(): Promise<void>;
    get flat(): Record<string, unknown>;
  }
}

declare module '@npmcli/config/lib/definitions/index.js' {
  const npm: {
    definitions: Record<string, { default: unknown }>;
    shorthands: Record<string, readonly string[]>;
    flatten: (values: object, flat: object) => object;
    nerfDarts: readonly string[];
  };
  export default npm;
}
