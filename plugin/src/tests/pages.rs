//! The pages about the plugin say what the program does.
