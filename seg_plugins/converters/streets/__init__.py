"""Drawing of the streets of the `synth-streets` data set."""
