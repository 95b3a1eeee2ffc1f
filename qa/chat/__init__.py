"""The web chat's own rooms: what is drawn, kept and allowed. Only `app.py` and the pages here know Gradio."""
