import { mapped, string } from '../shape.ts';

/** A moment as JSON has it: ISO 8601. */
export const moment = mapped(string, (text) => new Date(text));
