"""Answers faster-whisper transcriptions, one JSON object a line: {"pcm16": base64, "language": null | "en", "words": bool} in,
{"text", "language", "seconds", "words": [[text, start, end], …]} out. Decodes greedily with one thread, without VAD.

    python serve.py MODEL_FOLDER
"""

import base64
import json
import sys
import time

import numpy as np
from faster_whisper import WhisperModel

model = WhisperModel(sys.argv[1], device="cpu", compute_type="int8", cpu_threads=1, num_workers=1)
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    audio = np.frombuffer(base64.b64decode(request["pcm16"]), np.int16).astype(np.float32) / 32768
    began = time.perf_counter()
    segments, info = model.transcribe(
        audio,
        language=request["language"],
        beam_size=1,
        without_timestamps=not request["words"],
        word_timestamps=request["words"],
        condition_on_previous_text=False,
    )
    segments = list(segments)
    answer = {
        "text": "".join(segment.text for segment in segments).strip(),
        "language": info.language,
        "seconds": time.perf_counter() - began,
        "words": [[word.word.strip(), word.start, word.end] for segment in segments for word in segment.words or []],
    }
    print(json.dumps(answer), flush=True)
