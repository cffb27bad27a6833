//! An attachment's node as [`MapiAttachment`] ([MS-PST] §2.4.6).

use std::sync::Arc;

use super::message::{Budget, Message, Stream, object_of, properties, told};
use super::store::Store;
use crate::store::mapi::{AttachMethod, MapiAttachment, MapiError, MapiMessage, PropId, PropTag, PropType, Properties, Property};
use crate::store::pst::error::Result;
use crate::store::pst::ltp::{PropertyContext, property_context};
use crate::store::pst::ndb::Subnode;

/// An attachment of a message.
pub struct Attachment {
    store: Arc<Store>,
    budget: Arc<Budget>,
    within: Vec<(u64, u64)>,
    key: Vec<u8>,
    properties: Properties,
    /// The subnode that holds a message.
    message: Option<std::result::Result<Subnode, MapiError>>,
}

impl Attachment {
    pub(super) fn open(message: &Message, subnode: Subnode, key: Vec<u8>, row: &Properties) -> Result<Self> {
        let store = &message.store;
        let context = PropertyContext::open(store.ndb(), subnode.data, subnode.sub)?;
        let mut attachment = Self {
            store: Arc::clone(store),
            budget: Arc::clone(&message.budget),
            within: message.within.clone(),
            key,
            properties: properties(store, &context),
            message: None,
        };
        // The table repeats some of the properties; they stand in for what is lost.
        for (id, property) in row.iter() {
            if !matches!(attachment.properties.get(id), Some(Property::Value(_) | Property::Large(_))) && !matches!(property, Property::Unreadable(_)) {
                attachment.properties.insert(id, property.clone());
            }
        }
        attachment.find_data(&context)?;
        Ok(attachment)
    }

    /// Data of type object is a subnode: a message, or the bytes of an OLE object.
    fn find_data(&mut self, context: &PropertyContext<'_>) -> Result<()> {
        let Some(property) = context.property(PropId::ATTACH_DATA.0) else { return Ok(()) };
        let ndb = context.heap().ndb();
        let is_message = AttachMethod::of(&self.properties) == AttachMethod::Embedded;
        if PropType(property.kind) != PropType::OBJECT {
            if let property_context::Value::Stream(tree) = context.value(property)? {
                self.budget.take_bytes(ndb, &self.key, tree.declared_len().unwrap_or(0))?;
            }
            return Ok(());
        }
        let found = match context.value(property) {
            Ok(property_context::Value::Memory(bytes)) => match object_of(&bytes) {
                Some((nid, len)) => context.heap().subnodes().get(nid).map(|subnode| (subnode, len)).map_err(told),
                None => Err(MapiError::new("the object's place is cut off")),
            },
            Ok(property_context::Value::Stream(_)) => context.heap().subnodes().get(property.value).map(|subnode| (subnode, 0)).map_err(told),
            Err(error) => Err(told(error)),
        };
        if is_message {
            self.properties.remove(PropId::ATTACH_DATA);
            self.message = Some(found.map(|(subnode, _)| subnode));
            return Ok(());
        }
        match found.and_then(|(subnode, len)| Ok((ndb.data_tree(subnode.data).map_err(told)?, len))) {
            Ok((tree, len)) => {
                let len = tree.declared_len().unwrap_or_else(|| u64::from(len));
                self.budget.take_bytes(ndb, &self.key, len)?;
                let tag = PropTag::new(PropId::ATTACH_DATA, PropType::OBJECT);
                self.properties.set_large(tag, len, Arc::new(Stream { store: Arc::clone(&self.store), tree }));
            }
            Err(error) => {
                self.properties.remove(PropId::ATTACH_DATA);
                self.properties.set_unreadable(PropId::ATTACH_DATA, error);
            }
        }
        Ok(())
    }
}

impl MapiAttachment for Attachment {
    fn properties(&self) -> &Properties {
        &self.properties
    }

    fn embedded(&mut self) -> Option<std::result::Result<Box<dyn MapiMessage>, MapiError>> {
        let subnode = match self.message.as_ref()? {
            Ok(subnode) => *subnode,
            Err(error) => return Some(Err(error.clone())),
        };
        let opened = self
            .budget
            .take_message(&self.key)
            .and_then(|()| Message::open_at(&self.store, (subnode.data, subnode.sub), self.key.clone(), Arc::clone(&self.budget), self.within.clone()));
        Some(opened.map(|message| -> Box<dyn MapiMessage> { Box::new(message) }).map_err(told))
    }
}
