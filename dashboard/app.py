"""The dashboard's entry script: the frame around every page."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import streamlit as st

from dashboard import asked, bursts, callbacks, faults, navigation, outage, resources, runs, state
from dashboard.components import connection, masking_switch, person

asked.guard()
callbacks.guard()
runs.guard()
bursts.guard()
st.set_page_config(page_icon=navigation.ICON, layout="wide")
st.logo(navigation.LOGO, size="large", icon_image=navigation.ICON)
with person.first_signed_in() as is_in:
    waiting = {"erase": len(resources.erasures_to_do())}
    page = st.navigation(navigation.pages(waiting), expanded=True, position="sidebar" if is_in else "hidden")
info = navigation.info(navigation.name_of(page))
st.set_page_config(page_title=f"{info.title} · AgentCore Memory Studio")
state.enter(info.name, (state.Key.CONNECTION, *info.keys))
with faults.shown():
    connection.sidebar()
    masking_switch.sidebar()
    person.sidebar()
st.header(info.title, anchor=False)
st.caption(info.purpose)
with faults.shown():
    outage.run(page)
