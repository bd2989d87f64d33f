//! Finds what a browser would find in a page: forms, their fields and their data attributes.

/// One form of a page, as its HTML.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form<'a>(&'a str);

impl<'a> Form<'a> {
    /// The first form whose opening tag holds a text.
    pub(super) fn find(page: &'a str, marker: &str) -> Option<Self> {
        let forms = page.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap_or(rest));
        forms.filter(|form| form.split('>').next().is_some_and(|tag| tag.contains(marker))).map(Form).next()
    }

    /// An attribute of the opening tag.
    pub(super) fn attribute(self, name: &str) -> Option<String> {
        attribute(self.0.split('>').next()?, name)
    }

    /// The value of an input.
    pub(super) fn value(self, input: &str) -> Option<String> {
        let wanted = format!("name=\"{input}\"");
        let inputs = self.0.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
        inputs.filter(|tag| tag.contains(&wanted)).find_map(|tag| attribute(tag, "value"))
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    Some(value.replace("&amp;", "&").replace("&#38;", "&").replace("&#x2f;", "/").replace("&#47;", "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_found_with_its_parts() {
        let page = r#"<form class="other"></form><form class="passkey" data-start="/a?x=1&amp;y=2" method="post">
            <input type="hidden" name="csrf" value="t0ken"><button>Go</button></form>"#;
        let form = Form::find(page, "class=\"passkey\"").expect("the form");
        assert_eq!(form.attribute("data-start").as_deref(), Some("/a?x=1&y=2"));
        assert_eq!(form.value("csrf").as_deref(), Some("t0ken"));
        assert!(form.value("name").is_none() && Form::find(page, "class=\"no\"").is_none());
    }
}
