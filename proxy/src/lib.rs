//! Sockets, CA and leaves, intercept / tunnel / refuse, HTTP/1.1 and HTTP/2, PAC.
