// One choice is one step of Back. Streamlit makes each change of the address bar a step, also of what a page
// writes there by itself after the choice: what it shows first, what became of a draft. Those take the place
// of the step that the person made; so does everything while nobody has clicked or pressed a key.
{
  let acted = false;
  const act = () => { acted = true; };
  const types = (event) => event.key?.length === 1 && event.target?.selectionStart != null;
  addEventListener("pointerdown", act, true);
  addEventListener("click", (event) => { if (event.detail === 0) act(); }, true); // by keyboard or assistance
  addEventListener("keydown", (event) => { if (!types(event)) act(); }, true);
  addEventListener("popstate", () => { acted = false; }, true);

  const of = (address, key) => new URL(address, location).searchParams.get(key);
  const isStoredDraft = (url) => {
    const draft = of(location, "chat_session");
    return draft !== null && draft === of(url, "session");
  };
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    if (acted && !isStoredDraft(url)) push(state, title, url);
    else history.replaceState(state, title, url);
    acted = false;
  };
}
