//! The small scripts that pages are asked with. Each waits inside the page for what it is asked about.

use serde_json::Value;

/// A script that resolves with `expression`'s value as soon as that is neither null nor false, looking again whenever the
/// document changes.
pub(super) fn until(expression: &str) -> String {
    format!(
        "new Promise(resolve => {{
            const look = () => {{ const found = ({expression}); if (found) {{ resolve(found); return true; }} }};
            if (look()) return;
            const watch = new MutationObserver(() => {{ if (look()) watch.disconnect(); }});
            const all = {{ subtree: true, childList: true, attributes: true, characterData: true }};
            watch.observe(document, all);
        }})"
    )
}

/// A JavaScript string literal.
pub(super) fn literal(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// The element's text, or null.
pub(super) fn text_of(selector: &str) -> String {
    format!("(document.querySelector({})?.innerText ?? null)", literal(selector))
}

/// Where the middle of a visible element is, as `[x, y]`, or null while it is not there or has no size.
pub(super) fn middle_of(selector: &str) -> String {
    format!(
        "(() => {{
            const element = document.querySelector({});
            if (!element || element.disabled) return null;
            element.scrollIntoView({{ block: 'center', inline: 'center', behavior: 'instant' }});
            const box = element.getBoundingClientRect();
            return box.width && box.height ? [box.x + box.width / 2, box.y + box.height / 2] : null;
        }})()",
        literal(selector)
    )
}
