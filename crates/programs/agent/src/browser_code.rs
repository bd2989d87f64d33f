//! Proving the device to a browser's session by a code: the agent looks at what the code stands for, and signs once its person confirmed.
//! Browser and agent need no connection to each other.

use std::path::Path;

use sekisho_device_protocol::browser_code::{ANSWER_PATH, BrowserAsks, CODE_PAGE, CodeAnswer, LOOK_PATH, Look, Taken};

use crate::client::Client;
use crate::error::AgentError;
use crate::home::{Enrolment, Home};
use crate::signing::{is_request, signed};
use crate::trust::client_config;

/// The device's side of a proof by a code.
pub struct BrowserCode {
    home: Home,
    enrolment: Enrolment,
    client: Client,
}

impl BrowserCode {
    /// For the device that is enrolled in a folder.
    ///
    /// # Errors
    /// When the folder holds no usable enrolment.
    pub fn new(data_dir: &Path) -> Result<Self, AgentError> {
        let home = Home::new(data_dir);
        let enrolment = home.enrolment()?;
        let client = Client::new(enrolment.server.clone(), client_config(home.folder())?);
        Ok(Self { home, enrolment, client })
    }

    /// The portal's page that shows a code.
    #[must_use]
    pub fn page(&self) -> String {
        format!("{}{CODE_PAGE}", self.enrolment.portal_origin)
    }

    /// What a code stands for.
    ///
    /// # Errors
    /// When the platform cannot be reached or refuses, or speaks of another portal than the enrolled one.
    pub async fn look(&self, code: &str) -> Result<BrowserAsks, AgentError> {
        let asks: BrowserAsks = self.client.post(LOOK_PATH, &Look { code: code.to_owned() }).await?.value;
        // INVARIANT I-16: only a session of the enrolled portal gets as far as the key.
        if asks.portal_origin != self.enrolment.portal_origin || !is_request(&asks.proof) {
            return Err(AgentError::OtherPortal(asks.portal_origin));
        }
        Ok(asks)
    }

    /// Sends what the person answered; with a proof where they confirmed.
    ///
    /// # Errors
    /// When the key cannot be used, or the platform cannot be reached or refuses.
    pub async fn answer(&self, code: &str, asks: BrowserAsks, confirmed: bool) -> Result<Taken, AgentError> {
        let Enrolment { device, portal_origin, .. } = &self.enrolment;
        let proof = match confirmed {
            true => Some(signed(&self.home.key()?, device, portal_origin, asks.proof).ok_or(AgentError::Unsigned)?),
            false => None,
        };
        Ok(self.client.post(ANSWER_PATH, &CodeAnswer { code: code.to_owned(), proof }).await?.value)
    }
}
