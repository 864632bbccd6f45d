#include <algorithm>
#include <set>

#include "doctor/judge.hpp"
#include "doctor/relay.hpp"
#include "doctor/words.hpp"

namespace plntry::doctor {
namespace {

constexpr Duration kSkewMax = 30s;
constexpr std::chrono::days kExpirySoon{7};

Finding passed(std::string check, std::string text) {
  return {.check = std::move(check), .grade = Grade::passed, .text = std::move(text), .remedy = {}};
}
Finding found(std::string check, Grade grade, std::string text, std::string remedy) {
  return {.check = std::move(check), .grade = grade, .text = std::move(text), .remedy = std::move(remedy)};
}

std::optional<Duration> skew_of(const Outside& facts) {
  if (!facts.server_time) return std::nullopt;
  return *facts.server_time - facts.time;
}

Finding judge_name(const Name& name) {
  if (name.addresses.empty()) {
    return found("name", Grade::failed, "The name " + name.host + " leads to no address (" + name.error + ").",
                 "Set an A or AAAA record for it where its domain is managed, or correct the name.");
  }
  std::string text = name.host + " is at ";
  for (const IpAddress& address : name.addresses) text += (text.ends_with("at ") ? "" : " and ") + address.to_string();
  return passed("name", text + '.');
}

Finding judge_port(const Outside& facts) {
  const std::string port = std::to_string(facts.target.port);
  if (!facts.page_failure || facts.page_failure->trouble == Trouble::handshake) {
    return passed("port", "TCP port " + port + " takes connections.");
  }
  const bool refused = facts.page_failure->trouble == Trouble::refused;
  return found("port", Grade::failed,
               "TCP port " + port + " of " + facts.name.host + ' ' + in_words(*facts.page_failure) + '.',
               refused ? "Start plntry there, or compare the port with its --listen."
                       : "Let the server's firewall, and the router or cloud before it, pass TCP " + port +
                             ": ufw allow " + port + "/tcp.");
}

Finding judge_certificate(const Outside& facts) {
  if (facts.page_failure) {
    return found("certificate", Grade::failed, "The port " + in_words(*facts.page_failure) + '.',
                 "Give the server a certificate with --tls-cert and --tls-key; or ask for http://" +
                     facts.target.authority() + '.');
  }
  if (!facts.certificate) {
    const bool local =
        facts.target.host == "localhost" || facts.target.host == "127.0.0.1" || facts.target.host == "::1";
    if (local) return passed("certificate", "None is needed on this machine itself.");
    return found("certificate", Grade::advice, "Over plain HTTP browsers give a page no camera and no microphone.",
                 "Ask for the https:// address; if there is none, give --tls-cert and --tls-key.");
  }
  if (auto fault = fault_of(*facts.certificate, facts.target.host, facts.time)) {
    fault->check = "certificate";
    return std::move(*fault);
  }
  const Duration left = facts.certificate->expires - facts.time;
  if (left < kExpirySoon) {
    return found("certificate", Grade::advice, "The certificate expires in " + in_words(left) + '.',
                 "Renew it (certbot renew); the server takes changed files by itself.");
  }
  return passed("certificate", "The certificate is for this name, trusted, and good for " + in_words(left) + '.');
}

std::optional<Finding> judge_health(const Outside& facts) {
  if (facts.is_plntry) return passed("server", "plntry answers.");
  return found("server", Grade::failed,
               facts.health_status == 0
                   ? "What answers speaks no HTTP."
                   : "What answers is not plntry (HTTP status " + std::to_string(facts.health_status) + ").",
               "Compare name and port; a proxy before plntry must pass on every path, /healthz and /api among them.");
}

std::optional<Finding> judge_clock(const Outside& facts) {
  const auto skew = skew_of(facts);
  if (!skew) return std::nullopt;
  const Duration size = std::max(*skew, -*skew);
  if (size <= kSkewMax) return passed("clock", "The server's clock goes as this machine's does.");
  return found("clock", Grade::failed,
               "The server's clock is " + in_words(size) + (*skew > Duration{} ? " ahead of" : " behind") +
                   " this machine's: credentials and certificates seem to come too early or too late.",
               "On the machine that is wrong: timedatectl set-ntp true.");
}

Finding judge_join(const Outside& facts) {
  if (facts.joined) return passed("signalling", "A WebSocket into a room opens, and brings the ICE servers.");
  return found(
      "signalling", Grade::failed, "No WebSocket into a room could be opened: " + facts.join_refusal + '.',
      "A proxy before plntry must pass WebSocket upgrades on, and the Host header as it comes (docs/config.md).");
}

void judge_offer(const Outside& facts, Findings& findings) {
  for (const Name& name : facts.unresolved) {
    findings.push_back(found("ice-name", Grade::failed,
                             "Browsers are sent to " + name.host + ", which leads to no address (" + name.error + ").",
                             "Correct --relay-host or --ice-server."));
  }
  for (const std::string& url : facts.unknown_urls) {
    findings.push_back(found("ice-url", Grade::failed,
                             "Browsers are given the URL " + url + ", which they do not understand.",
                             "Correct --ice-server."));
  }
  const auto offers = [&](auto matches) {
    return std::ranges::any_of(
        facts.relays, [&](const RelayFacts& each) { return each.url.is_turn() && !each.is_optional && matches(each); });
  };
  const bool any = offers([](const RelayFacts&) { return true; }) || !facts.unresolved.empty();
  if (!any) {
    findings.push_back(
        found("relay", Grade::failed, "Browsers are offered no relay: calls that find no direct path fail.",
              "Start the server with --relay on (and --public-address, if it does not know its own), or name a "
              "service with --ice-server."));
  } else if (!offers([](const RelayFacts& each) { return each.url.transport == Transport::tls; })) {
    findings.push_back(found(
        "relay-tls", Grade::advice,
        "Browsers are offered no relay over TLS: networks that let nothing else out stay closed.",
        "Give the server a certificate (--tls-cert, --tls-key), listen on port 443 too, and open the page by https."));
  }
}

bool has_no_tls(const Outside& facts) {
  return std::ranges::any_of(facts.relays, [](const RelayFacts& each) {
    return each.url.transport == Transport::tls && each.failure && each.failure->trouble == Trouble::handshake;
  });
}

}  // namespace

Findings judge(const Outside& facts) {
  Findings findings{judge_name(facts.name)};
  if (facts.name.addresses.empty()) return findings;
  const bool page = facts.target.is_page();
  if (page) {
    findings.push_back(judge_port(facts));
    if (!is_well(findings)) return findings;
    findings.push_back(judge_certificate(facts));
    if (facts.page_failure) return findings;
    if (auto health = judge_health(facts)) findings.push_back(std::move(*health));
    if (auto clock = judge_clock(facts)) findings.push_back(std::move(*clock));
    if (facts.is_plntry) findings.push_back(judge_join(facts));
    if (facts.joined) judge_offer(facts, findings);
  }
  const bool over_tcp =
      page || std::ranges::any_of(facts.relays, [](const RelayFacts& each) {
        return !each.failure && each.url.transport != Transport::udp && each.url.transport != Transport::dtls;
      });
  RelayContext context{.now = facts.time, .skew = skew_of(facts), .account_is_given = !page};
  std::set<std::string> told;
  bool well = true;
  for (const RelayFacts& relay : facts.relays) {
    if (!relay.is_own) continue;
    for (Finding& each : judge_relayed(relay)) {
      well = well && each.grade != Grade::failed;
      if (told.insert(each.check).second) findings.push_back(std::move(each));
    }
  }
  for (const RelayFacts& relay : facts.relays) {
    if (relay.is_optional && has_no_tls(facts)) continue;  // for the same reason, which is told already
    context.tcp_answers = over_tcp && relay.is_own;
    findings.push_back(judge_relay(relay, context, well || !relay.is_own));
  }
  return findings;
}

}  // namespace plntry::doctor
