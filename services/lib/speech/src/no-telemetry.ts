/**
 * From 1.29 on the official builds of onnxruntime report what they load and run over HTTPS to their maker, on Linux
 * too, unless this variable is set when the first session is made. Audio and text are not in those reports, but our users
 * were promised that nothing leaves: the variable is set whatever the environment says. It must be set in the main
 * thread: a worker's `process.env` is a copy that native code does not see.
 */
export function forbidTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY = '1';
}
