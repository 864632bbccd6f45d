#include <algorithm>

#include "doctor/judge.hpp"
#include "doctor/relay.hpp"
#include "doctor/words.hpp"

namespace plntry::doctor {
namespace {

constexpr std::uint64_t kFewDescriptors = 4'096;  // some hundred calls

Finding passed(std::string check, std::string text) {
  return {.check = std::move(check), .grade = Grade::passed, .text = std::move(text), .remedy = {}};
}
Finding found(std::string check, Grade grade, std::string text, std::string remedy) {
  return {.check = std::move(check), .grade = grade, .text = std::move(text), .remedy = std::move(remedy)};
}

void judge_listen(const Inside& facts, Findings& findings) {
  for (const ListenFacts& each : facts.listen) {
    const std::string where = each.endpoint.to_string();
    if (each.is_ours) {
      findings.push_back(passed("listen", "plntry runs on " + where + ", over TCP and UDP."));
    } else if (each.is_free) {
      findings.push_back(passed("listen", where + " is free: plntry can listen there, but does not run now."));
    } else {
      findings.push_back(found("listen", Grade::failed, each.error, "See above; or ss -lntup to see who it is."));
    }
    if (each.for_browsers) continue;
    findings.push_back(found("listen-port", Grade::advice,
                             "Chromium uses no STUN or relay on port " + std::to_string(each.endpoint.port) +
                                 ": below 1024 it knows 53, 80 and 443 only.",
                             "Listen on 443 too, or name another with --relay-host HOST:PORT."));
  }
}

void judge_places(const Inside& facts, Findings& findings) {
  if (!facts.place_error.empty()) {
    findings.push_back(found("public-address", Grade::failed, facts.place_error, "Correct --public-address."));
    return;
  }
  if (facts.places.empty()) {
    findings.push_back(found("public-address", Grade::failed,
                             "This machine has no route to the internet, so nothing says which address is its own.",
                             "Give --public-address."));
  }
  const bool is_reached = std::ranges::any_of(facts.places, [](const Inside::Place& each) { return !each.is_private; });
  for (const Inside::Place& place : facts.places) {
    const std::string address = place.address.to_string();
    const std::string check = place.address.is_v6() ? "public-address-ipv6" : "public-address";
    if (place.is_private && place.is_guess) {
      findings.push_back(found(check, is_reached ? Grade::advice : Grade::failed,
                               "Relayed addresses would be at " + address + ", which other networks cannot reach.",
                               "Give the address that the internet sees with --public-address, and pass UDP " +
                                   std::to_string(facts.first_port) + '-' + std::to_string(facts.last_port) +
                                   " on to this machine."));
    } else if (place.is_private) {
      findings.push_back(found(check, Grade::advice,
                               "Relayed addresses are at " + address + ": for local networks only.",
                               "For the internet give the address that it sees with --public-address."));
    } else {
      findings.push_back(passed(check, "Relayed addresses are at " + address +
                                           (place.is_guess ? ", this machine's own." : ", as you said.")));
    }
  }
}

void judge_relay_ports(const Inside& facts, Findings& findings) {
  const std::string range = std::to_string(facts.first_port) + '-' + std::to_string(facts.last_port);
  const auto count = static_cast<std::size_t>(facts.last_port - facts.first_port) + 1;
  if (facts.ports_bound == 0 && facts.ports_tried > 0) {
    findings.push_back(
        found("relay-ports", Grade::failed,
              "None of " + std::to_string(facts.ports_tried) + " UDP ports of " + range + " could be bound.",
              "Choose another range with --relay-ports; ss -lnup shows who has these."));
  } else if (facts.allocations_max == 0 || facts.allocations_max > count) {
    findings.push_back(
        found("relay-ports", Grade::advice,
              "There are " + std::to_string(count) + " relay ports for " +
                  (facts.allocations_max == 0 ? "any number of" : std::to_string(facts.allocations_max)) +
                  " allocations: when they are used up, callers are refused (508).",
              "Widen --relay-ports, or lower --relay-allocations."));
  } else {
    findings.push_back(passed(
        "relay-ports", "UDP ports " + range +
                           " can be bound. Whether the firewall passes them shows from outside: plntry doctor URL."));
  }
}

void judge_limits(const Inside& facts, Findings& findings) {
  if (facts.descriptors < facts.descriptors_wanted) {
    findings.push_back(found(
        "descriptors", facts.descriptors < kFewDescriptors ? Grade::failed : Grade::advice,
        "A process may have " + std::to_string(facts.descriptors) +
            " files and sockets open; this configuration may need " + std::to_string(facts.descriptors_wanted) + '.',
        "LimitNOFILE=" + std::to_string(facts.descriptors_wanted) + " in the service's unit, or ulimit -n " +
            std::to_string(facts.descriptors_wanted) + "; or lower --max-connections and --relay-allocations."));
  } else {
    findings.push_back(passed(
        "descriptors", std::to_string(facts.descriptors) + " files and sockets may be open, enough for every limit."));
  }
  if (facts.udp_buffer < facts.udp_buffer_wanted) {
    findings.push_back(found("udp-buffers", Grade::advice,
                             "The kernel grants a UDP socket " + std::to_string(facts.udp_buffer / 1024) +
                                 " KiB to receive into; at high rates packets are lost.",
                             "sysctl -w net.core.rmem_max=" + std::to_string(facts.udp_buffer_wanted) +
                                 ", and the same in /etc/sysctl.d/."));
  } else {
    findings.push_back(passed("udp-buffers", "UDP sockets get the receive buffers that they ask for."));
  }
}

void judge_certificate(const Inside& facts, Findings& findings) {
  if (!facts.tls_error.empty()) {
    findings.push_back(found("certificate", Grade::failed, facts.tls_error,
                             "Give --tls-cert and --tls-key a pair that belongs together."));
  } else if (facts.is_self_signed) {
    findings.push_back(found("certificate", Grade::advice,
                             "A self-signed certificate: browsers warn of the page, and refuse turns: with it.",
                             "Give one of an authority with --tls-cert and --tls-key (certbot certonly)."));
  } else if (!facts.has_tls) {
    findings.push_back(found(
        "certificate", Grade::advice,
        "There is none: browsers give the page a camera on localhost only, unless a proxy ends TLS before plntry.",
        "Give --tls-cert and --tls-key, or try --tls self-signed."));
  } else if (facts.certificate) {
    if (auto fault = fault_of(*facts.certificate, {}, facts.time)) {
      fault->check = "certificate";
      findings.push_back(std::move(*fault));
    } else {
      findings.push_back(passed("certificate", "For " + facts.certificate->names + ", trusted, and good for " +
                                                   in_words(facts.certificate->expires - facts.time) + '.'));
    }
  }
}

void judge_rest(const Inside& facts, Findings& findings) {
  if (facts.clock_is_synchronised && !*facts.clock_is_synchronised) {
    findings.push_back(found("clock", Grade::advice,
                             "Nothing keeps this machine's clock right; credentials and certificates depend on it.",
                             "timedatectl set-ntp true."));
  } else if (facts.clock_is_synchronised) {
    findings.push_back(passed("clock", "The clock is kept right."));
  }
  if (!facts.data_error.empty()) {
    findings.push_back(found("data", Grade::failed, facts.data_error,
                             "Make the directory of --data writable for the user that plntry runs as."));
  } else if (facts.has_quota && facts.data.empty()) {
    findings.push_back(found("data", Grade::advice, "What counts toward --relay-quota is forgotten at each restart.",
                             "Keep it: --data DIR."));
  }
}

}  // namespace

Findings judge(const Inside& facts) {
  Findings findings;
  judge_listen(facts, findings);
  if (facts.relay_on) {
    judge_places(facts, findings);
    judge_relay_ports(facts, findings);
  } else if (!facts.has_services) {
    findings.push_back(found("relay", Grade::failed,
                             "The relay is off, and no other is named: calls that find no direct path fail.",
                             "Start with --relay on, or name a service with --ice-server."));
  }
  judge_limits(facts, findings);
  judge_certificate(facts, findings);
  judge_rest(facts, findings);
  for (const Name& name : facts.unresolved) {
    findings.push_back(found("ice-name", Grade::failed,
                             "The service at " + name.host + " has no address (" + name.error + ").",
                             "Correct --ice-server."));
  }
  for (const RelayFacts& service : facts.services) {
    findings.push_back(judge_relay(service, {.now = facts.time, .tcp_answers = false, .skew = std::nullopt}, true));
  }
  return findings;
}

}  // namespace plntry::doctor
