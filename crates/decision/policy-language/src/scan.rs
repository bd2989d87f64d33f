//! The first reading of a policy file: statements and their places, and the caps that keep the parser's stack bounded.
//!
//! The parser, the validator and the authoriser of the `cedar-policy` crate recurse on the syntax tree, and a tree that is
//! too deep aborts the process. So size and nesting are counted here, in one loop, before any of them sees the text.

/// The largest file, in bytes.
pub(crate) const MAX_FILE: usize = 16 * 1024 * 1024;
/// The largest statement, in bytes.
pub(crate) const MAX_STATEMENT: usize = 16 * 1024;
/// The deepest nesting of brackets.
pub(crate) const MAX_NESTING: usize = 24;
/// The most operators (`&&`, `.`, `==`, `if`, …) in one statement.
pub(crate) const MAX_OPERATORS: usize = 400;

/// One policy statement, annotations included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statement<'a> {
    /// Where it begins in the file, in bytes: at its first annotation or keyword.
    pub offset: usize,
    /// Its text, up to and with its semicolon.
    pub text: &'a str,
}

/// Why a file is refused unparsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScanProblem {
    pub offset: usize,
    pub message: String,
    pub fix: String,
}

/// Splits a file into statements.
pub(crate) fn statements(file: &str) -> Result<Vec<Statement<'_>>, ScanProblem> {
    if file.len() > MAX_FILE {
        return Err(problem(0, format!("the file is larger than {MAX_FILE} bytes"), "split it into several files"));
    }
    if file.starts_with('\u{feff}') {
        return Err(problem(0, "the file begins with a byte order mark".to_owned(), "save it as UTF-8 without one"));
    }
    let mut found = Vec::new();
    let mut open: Option<Open> = None;
    let mut at = 0;
    while let Some((token, length)) = next_token(file, at) {
        let end = at + length;
        if token == Token::Unclosed {
            return Err(problem(at, "a string is not closed".to_owned(), "close it with `\"`"));
        }
        if token != Token::Blank {
            let statement = open.get_or_insert(Open { offset: at, nesting: 0, operators: 0 });
            statement.count(token, at)?;
            if end - statement.offset > MAX_STATEMENT {
                let message = format!("the policy is longer than {MAX_STATEMENT} bytes");
                return Err(problem(statement.offset, message, "split it into several policies"));
            }
            if token == Token::End && statement.nesting == 0 {
                found.push(Statement { offset: statement.offset, text: file.get(statement.offset..end).unwrap_or("") });
                open = None;
            }
        }
        at = end;
    }
    match open {
        None => Ok(found),
        // What is left over is no statement; the parser says what is missing.
        Some(open) => {
            found.push(Statement { offset: open.offset, text: file.get(open.offset..).unwrap_or("") });
            Ok(found)
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Blank,
    Text,
    Open,
    Close,
    Operator,
    End,
    Unclosed,
}

struct Open {
    offset: usize,
    nesting: usize,
    operators: usize,
}

impl Open {
    fn count(&mut self, token: Token, at: usize) -> Result<(), ScanProblem> {
        match token {
            Token::Open => self.nesting += 1,
            Token::Close => self.nesting = self.nesting.saturating_sub(1),
            Token::Operator => self.operators += 1,
            Token::Blank | Token::Text | Token::End | Token::Unclosed => {}
        }
        if self.nesting > MAX_NESTING {
            let message = format!("brackets are nested more than {MAX_NESTING} deep");
            return Err(problem(at, message, "split the policy, or name fewer conditions in one"));
        }
        if self.operators > MAX_OPERATORS {
            let message = format!("the policy has more than {MAX_OPERATORS} operators");
            return Err(problem(at, message, "split it into several policies"));
        }
        Ok(())
    }
}

/// The token at a place and its length in bytes; `None` at the end of the file.
pub(crate) fn next_token(file: &str, at: usize) -> Option<(Token, usize)> {
    let rest = file.get(at..)?;
    let mut chars = rest.chars();
    let first = chars.next()?;
    let second = chars.next();
    Some(match first {
        c if c.is_whitespace() => (Token::Blank, c.len_utf8()),
        '/' if second == Some('/') => (Token::Blank, rest.find('\n').unwrap_or(rest.len())),
        '"' => match string_length(rest) {
            Some(length) => (Token::Text, length),
            None => (Token::Unclosed, rest.len()),
        },
        '(' | '[' | '{' => (Token::Open, 1),
        ')' | ']' | '}' => (Token::Close, 1),
        ';' => (Token::End, 1),
        ',' | '@' | ':' => (Token::Text, 1),
        c if c.is_alphanumeric() || c == '_' => {
            let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let word = rest.get(..length).unwrap_or("");
            let token = match word {
                "if" | "then" | "else" | "has" | "like" | "is" | "in" | "when" | "unless" => Token::Operator,
                _ => Token::Text,
            };
            (token, length)
        }
        c => (Token::Operator, c.len_utf8()),
    })
}

/// The length of the string that begins here, with both quotes.
fn string_length(rest: &str) -> Option<usize> {
    let mut escaped = false;
    rest.char_indices().skip(1).find_map(|(at, c)| match c {
        _ if std::mem::take(&mut escaped) => None,
        '\\' => {
            escaped = true;
            None
        }
        '"' => Some(at + 1),
        _ => None,
    })
}

fn problem(offset: usize, message: String, fix: &str) -> ScanProblem {
    ScanProblem { offset, message, fix: fix.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_do_not_end_a_statement() {
        let file = "// a; b\n@id(\"x;\\\"y\")\npermit(principal, action, resource); // end\nforbid(principal, action, resource);\n";
        let found = statements(file).expect("two statements");
        let texts: Vec<_> = found.iter().map(|s| (s.offset, s.text.split('(').next().unwrap_or(""))).collect();
        assert_eq!(texts, [(8, "@id"), (65, "forbid")]);
        assert!(found[0].text.ends_with("resource);"));
    }

    #[test]
    fn what_would_overflow_the_parser_is_refused() {
        let deep = format!("permit(principal, action, resource) when {{ {}true{} }};", "(".repeat(30), ")".repeat(30));
        assert!(statements(&deep).expect_err("too deep").message.contains("nested"));
        let long = format!("permit(principal, action, resource) when {{ true{} }};", " && true".repeat(300));
        assert!(statements(&long).expect_err("too many").message.contains("operators"));
        let bangs = format!("permit(principal, action, resource) when {{ {}true }};", "!".repeat(500));
        assert!(statements(&bangs).expect_err("too many").message.contains("operators"));
        assert!(statements("permit(\"abc").expect_err("open string").message.contains("not closed"));
    }
}
