// Boost.JSON, compiled once and into the binary: a server that is one file needs no library beside it.
#include <boost/json/src.hpp>
