"""The question-answering engine: articles in, verbatim quotations out."""

import os

# Since its release 1.29, ONNX Runtime reports to its maker unless this is set before it is loaded. Nothing
# leaves this machine, so that no one is asked.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
