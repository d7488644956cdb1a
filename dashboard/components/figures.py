"""Figures drawn in the colours of the theme."""

import plotly.graph_objects as go
import streamlit as st


def draw(figure: go.Figure, key: str) -> None:
    """Draws a figure without Plotly's tool bar. Streamlit 1.67 leaves Plotly's own colours in a figure that
    names none, so the theme's are set here."""
    theme = "dark" if st.context.theme.type == "dark" else "light"
    colors = st.get_option(f"theme.{theme}.chartCategoricalColors")
    if colors:
        figure.update_layout(colorway=colors)
    st.plotly_chart(figure, key=key, config={"displayModeBar": False})
