import llamaTokenizer from 'llama-tokenizer-js';
import { expect, it } from 'vitest';
import { detokenize } from './detokenize.ts';

it('tokens become their text without white space around it and without special marks', () => {
  const tokens = llamaTokenizer.encode('Hello, wörld 12 ☃', false);
  expect(detokenize([...tokens, 32_001])).toBe('Hello, wörld 12 ☃');
  expect(detokenize([])).toBe('');
});
