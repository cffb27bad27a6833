//! Lists, tables and properties (LTP, [MS-PST] §2.3): a heap on a node, B-trees on that heap, and on those the two shapes in which
//! everything is kept, the property context and the table context.

pub mod heap;
pub mod named;
pub mod property_context;
pub mod table_context;
pub mod tree;

pub use heap::Heap;
pub use property_context::{Property, PropertyContext, Value};
pub use table_context::{Row, TableContext};
