// What the doctor's gatherers (in app and net) found, before anybody has judged it: values without a word of advice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "doctor/url.hpp"

namespace plntry::doctor {

// Why a connection could not be made or used.
enum class Trouble : std::uint8_t { refused, timed_out, unreachable, no_family, closed, handshake };
struct Failure {
  Trouble trouble = Trouble::timed_out;
  std::string text;  // the system's or OpenSSL's word for it; may be empty
};

struct Certificate {
  bool is_trusted = false;  // a chain leads to an authority that this machine trusts, dates and names aside
  std::string distrust;     // why not
  bool is_self_signed = false;
  bool names_host = false;
  std::string names;  // that it is for
  WallTime begins;
  WallTime expires;
};

struct Name {
  std::string host;
  std::vector<IpAddress> addresses;  // at most one of a family
  std::string error;                 // when there are none
};

// How a request ended.
struct Outcome {
  enum class Kind : std::uint8_t { not_tried, no_answer, success, error };
  Kind kind = Kind::not_tried;
  std::uint16_t code = 0;  // of an error
  std::string phrase;

  bool succeeded() const { return kind == Kind::success; }
};

// One STUN or TURN URL at one address.
struct RelayFacts {
  Url url;
  Endpoint server;
  bool is_own = false;             // of the server that is examined, not a service elsewhere
  bool is_optional = false;        // browsers are not told of it
  bool has_account = false;        // credentials were at hand
  std::optional<Failure> failure;  // to connect
  std::optional<Certificate> certificate;
  Outcome binding;
  std::optional<Endpoint> mapped;  // this machine as the server sees it
  Outcome allocation;
  std::optional<Endpoint> relayed;
  Duration took{};  // from the first request to the allocation
  Outcome second;   // another allocation, so that data go from relayed address to relayed address
  Outcome permission_between;
  bool round_trip = false;  // … there and back
  Outcome permission_here;  // for a socket of this machine, by its mapped address
  bool reached_us = false;  // what the allocation sent to it, arrived
  std::optional<Endpoint> came_from;
  bool reached_relay = false;  // what it sent to the relayed address, arrived
};

struct Outside {
  Url target;
  Name name;
  // The page's own port, of the first address that answered.
  std::optional<Failure> page_failure;
  std::optional<Certificate> certificate;
  bool is_plntry = false;  // it answered /healthz as plntry does
  unsigned health_status = 0;
  std::optional<WallTime> server_time;  // of its Date header …
  WallTime time;                        // … and the clock here when that came
  bool joined = false;
  std::string join_refusal;  // why not, in the server's words
  std::vector<std::string> unknown_urls;
  std::vector<Name> unresolved;  // hosts of ICE servers
  std::vector<RelayFacts> relays;
};

// One address that the server listens on, or shall.
struct ListenFacts {
  Endpoint endpoint;
  bool is_free = false;
  bool is_ours = false;  // a plntry answers there
  std::string error;     // when it is neither
  bool for_browsers = true;
};

struct Inside {
  WallTime time;
  std::vector<ListenFacts> listen;
  bool relay_on = true;
  bool has_services = false;  // --ice-server
  struct Place {
    IpAddress address;
    bool is_guess = false;
    bool is_private = false;
  };
  std::vector<Place> places;  // of relayed addresses, at most one of a family
  std::string place_error;
  std::uint16_t first_port = 0, last_port = 0;  // of the relay
  unsigned ports_tried = 0, ports_bound = 0;    // a sample
  std::size_t allocations_max = 0;              // 0: no limit
  std::uint64_t descriptors = 0;                // that this process may have
  std::uint64_t descriptors_wanted = 0;
  std::uint64_t udp_buffer = 0;  // bytes that a socket is granted
  std::uint64_t udp_buffer_wanted = 0;
  bool has_tls = false;
  bool is_self_signed = false;  // by the server itself, at start
  std::string tls_error;
  std::optional<Certificate> certificate;
  std::optional<bool> clock_is_synchronised;  // nothing: the kernel does not say
  std::string data;                           // the directory; empty: none
  std::string data_error;
  bool has_quota = false;
  std::vector<Name> unresolved;
  std::vector<RelayFacts> services;  // elsewhere, of --ice-server
};

}  // namespace plntry::doctor
