//! Where the program keeps its own things: MAILFERRY_HOME or the platform folder.
