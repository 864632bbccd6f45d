// Asio and Beast, compiled once for the whole program (their headers are declarations everywhere else).
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
