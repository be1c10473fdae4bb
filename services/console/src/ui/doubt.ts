/** Words of which the model is less sure than this are marked. */
const DOUBTED_BELOW = 0.5;

/** @param confidence 0 to 1 */
export const isDoubted = (confidence: number): boolean => confidence < DOUBTED_BELOW;
