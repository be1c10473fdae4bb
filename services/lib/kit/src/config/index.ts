export { DEFAULT_MODEL, WHISPER_SIZES, type WhisperSize, whisperModelId } from './engine.ts';
export { type IngressConfig, ingressSchema } from './ingress.ts';
export { LOG_LEVELS, type LogLevel } from './logging.ts';
export { type MediaConfig, mediaSchema } from './media.ts';
export { type NatsConfig, natsSettings } from './nats.ts';
export { type RedisConfig, redisSettings } from './redis.ts';
export { type StandaloneConfig, standaloneSchema } from './standalone.ts';
export { type TranscriberConfig, transcriberSchema } from './transcriber.ts';
