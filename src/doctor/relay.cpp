#include "doctor/relay.hpp"

#include "base/prefix.hpp"
#include "doctor/words.hpp"
#include "stun/types.hpp"

namespace plntry::doctor {
namespace {

using stun::ErrorCode;

std::string check_of(const RelayFacts& facts) {
  std::string check = facts.is_own ? "" : "service-";
  check += facts.url.is_turn() ? "relay-" : "stun-";
  check += name_of(facts.url.transport);
  if (facts.server.address.is_v6()) check += "-ipv6";
  return check;
}

struct Said {
  std::string text;
  std::string remedy;
};

std::string port_of(const RelayFacts& facts) {
  const bool datagrams = facts.url.transport == Transport::udp || facts.url.transport == Transport::dtls;
  return std::string{datagrams ? "UDP" : "TCP"} + " port " + std::to_string(facts.server.port) + " of " +
         facts.server.address.to_string();
}

Said of_silent_udp(const RelayFacts& facts, const RelayContext& context) {
  const std::string port = std::to_string(facts.server.port);
  return {port_of(facts) + " does not answer" +
              (context.tcp_answers ? ", while TCP does: UDP is blocked on the way." : "."),
          facts.is_own
              ? "Let the server's firewall, and the router or cloud before it, pass UDP " + port + ": ufw allow " +
                    port + "/udp. Does it answer from another network, then this one blocks UDP."
              : "Ask those who run it, and try from another network: this one may block UDP."};
}

Said of_failure(const RelayFacts& facts, const RelayContext& context) {
  const Failure& failure = *facts.failure;
  const std::string port = std::to_string(facts.server.port);
  if (failure.trouble == Trouble::timed_out && facts.url.transport == Transport::dtls)
    return of_silent_udp(facts, context);
  std::string remedy = "Let the firewall pass TCP " + port + ": ufw allow " + port + "/tcp.";
  if (failure.trouble == Trouble::refused)
    remedy = "Is the server running, and told to listen there? See --listen and --relay-host.";
  if (failure.trouble == Trouble::handshake) remedy = "Give the server a certificate: --tls-cert and --tls-key.";
  if (!facts.is_own) remedy = "Compare the URL in --ice-server with what the service tells, or ask those who run it.";
  return {port_of(facts) + ' ' + in_words(failure) + '.', remedy};
}

Said of_unauthenticated(const RelayFacts& facts, const RelayContext& context) {
  if (context.account_is_given) {
    return {
        "The relay refuses the credentials that this command was given, or made with the secret it was given (401).",
        "Give the server's own --relay-secret or --relay-user (coturn: static-auth-secret, user), and compare the "
        "clocks (timedatectl): credentials made with a secret expire."};
  }
  const bool clocks = context.skew && (*context.skew > 1min || *context.skew < -1min);
  if (facts.is_own) {
    return {"The relay refuses the credentials that this server has just handed out (401).",
            clocks ? "Set the clock right: timedatectl set-ntp true."
                   : "Are there several servers behind this name? Give them all the same --relay-secret."};
  }
  return {
      "The service refuses the credentials that browsers are given for it (401): they are not made with its secret.",
      "Give --ice-server the secret that the service has (coturn: static-auth-secret), or its username and "
      "credential; and compare the clocks (timedatectl): these credentials expire."};
}

Said of_error(const RelayFacts& facts, const Outcome& outcome, const RelayContext& context) {
  const std::string code = std::to_string(outcome.code);
  switch (static_cast<ErrorCode>(outcome.code)) {
    case ErrorCode::unauthenticated:
    case ErrorCode::wrong_credentials:
      return of_unauthenticated(facts, context);
    case ErrorCode::stale_nonce:
      return {"The relay calls each of its own nonces stale (438).",
              "Are there several servers behind this name? Give them all the same --relay-secret, and let one client "
              "always meet the same server."};
    case ErrorCode::forbidden:
      return {"The relay forbids an allocation (403): these credentials have been revoked, or it does not admit us.",
              "Try again; then ask those who run it whom they admit."};
    case ErrorCode::allocation_quota_reached:
      return {"The relay's quota is spent (486): this user or address has all its allocations, or the month its bytes.",
              facts.is_own ? "See `plntry usage`; raise --relay-quota, --relay-allocations-per-user or "
                             "--relay-allocations-per-address."
                           : "Look at the service's dashboard."};
    case ErrorCode::insufficient_capacity:
      return {"The relay has no room for another allocation (508).",
              facts.is_own ? "Raise --relay-allocations, and give --relay-ports as many ports."
                           : "Look at the service's dashboard."};
    case ErrorCode::try_alternate:
      return {"The relay sends its clients to another server (300), which browsers follow.",
              "Name that one in --ice-server, which saves a round trip."};
    default:
      return {"The relay refuses an allocation: " + code + ' ' + outcome.phrase + '.',
              "Look at its log; with plntry, /metrics counts the reason."};
  }
}

Finding skipped(Finding ports, std::string why) {
  ports.grade = Grade::skipped;
  ports.text = std::move(why);
  ports.remedy = "Run plntry doctor on another network, such as a phone's.";
  return ports;
}

// On the server's own machine, or behind the same router: at its own address a relay reaches its allocations alone, and
// what is sent from here passes no firewall.
Findings of_own_address(const IpAddress& shown, Finding place, Finding ports) {
  place.text = "Relayed addresses are at " + shown.to_string() + ", where the server sees this machine, too.";
  return {place, skipped(std::move(ports),
                         "This machine has the server's own address, so nobody can try from here whether its ports are "
                         "reached from outside.")};
}

Finding of_allocated(const RelayFacts& facts, Finding finding, bool relayed_is_well) {
  const std::string done =
      upper(facts.url.transport) + " to " + facts.server.to_string() + ": allocates in " + in_words(facts.took);
  if (facts.round_trip) {
    finding.text = done + ", and data go there and back between two allocations.";
    return finding;
  }
  finding.grade = facts.is_own || facts.permission_between.succeeded() ? Grade::failed : Grade::advice;
  if (!facts.second.succeeded()) {
    finding.text = done + ", but not a second time for the same user (" + std::to_string(facts.second.code) + ' ' +
                   facts.second.phrase + "): a call whose both ends are relayed needs two.";
    finding.remedy = "Raise --relay-allocations-per-user.";
  } else if (!facts.permission_between.succeeded()) {
    finding.text = done + ", but does not let one allocation reach another (" +
                   std::to_string(facts.permission_between.code) + ").";
    finding.remedy = "Two callers who both need the relay do not meet: allow the relay's own address as a peer.";
  } else {
    finding.text = done + ", but data do not come from one relayed address to another.";
    finding.remedy = relayed_is_well ? "Let the router lead packets for the public address back in (hairpin NAT), and "
                                       "the firewall pass the relay's ports."
                                     : "As above: relayed addresses are not reached.";
  }
  return finding;
}

}  // namespace

Finding judge_relay(const RelayFacts& facts, const RelayContext& context, bool relayed_is_well) {
  Finding finding{.check = check_of(facts), .grade = Grade::passed, .text = {}, .remedy = {}};
  const auto fail = [&](Said said) {
    finding.grade = facts.is_optional ? Grade::advice : Grade::failed;
    finding.text = std::move(said.text);
    finding.remedy = std::move(said.remedy);
    return finding;
  };
  if (facts.failure && facts.failure->trouble == Trouble::no_family) {
    finding.grade = Grade::skipped;
    finding.text = port_of(facts) + ' ' + in_words(*facts.failure) + '.';
    return finding;
  }
  if (facts.failure) return fail(of_failure(facts, context));
  if (facts.certificate) {
    if (const auto fault = fault_of(*facts.certificate, facts.url.host, context.now))
      return fail({fault->text, fault->remedy});
  }
  if (!facts.binding.succeeded()) {
    if (facts.url.transport == Transport::udp) return fail(of_silent_udp(facts, context));
    return fail(
        {port_of(facts) + " takes connections, but does not answer STUN over " + upper(facts.url.transport) + '.',
         "Let whatever stands before the server pass bytes through as they are: a proxy for HTTP is no way to a "
         "relay."});
  }
  if (!facts.url.is_turn()) {
    finding.text = port_of(facts) + " answers" +
                   (facts.mapped ? "; it sees this machine as " + facts.mapped->to_string() + '.' : ".");
    return finding;
  }
  if (!facts.has_account) {
    finding.grade = Grade::skipped;
    finding.text = "STUN is answered; there are no credentials to try the relay with.";
    finding.remedy = "Give the server's --relay-secret or --relay-user.";
    return finding;
  }
  if (facts.allocation.kind == Outcome::Kind::no_answer) {
    return fail({port_of(facts) + " answers STUN, but no TURN.",
                 facts.is_own ? "Is the relay on? See --relay." : "Is it a TURN service? Compare its URL."});
  }
  if (!facts.allocation.succeeded()) return fail(of_error(facts, facts.allocation, context));
  return of_allocated(facts, std::move(finding), relayed_is_well);
}

Findings judge_relayed(const RelayFacts& facts) {
  if (!facts.relayed || !facts.allocation.succeeded()) return {};
  const std::string suffix = facts.relayed->address.is_v6() ? "-ipv6" : "";
  Finding place{.check = "public-address" + suffix, .grade = Grade::passed, .text = {}, .remedy = {}};
  Finding ports{.check = "relay-ports" + suffix, .grade = Grade::passed, .text = {}, .remedy = {}};
  const IpAddress shown = facts.relayed->address;
  const IpAddress reached = facts.server.address;
  const bool same = shown == reached;
  if (facts.mapped && facts.mapped->address == shown) return of_own_address(shown, std::move(place), std::move(ports));
  if (facts.reached_relay) {
    place.text = "Relayed addresses are at " + shown.to_string() + ", where packets from outside arrive.";
    ports.text =
        "UDP port " + std::to_string(facts.relayed->port) + ", drawn from --relay-ports, takes packets from outside.";
    if (facts.reached_us) return {place, ports};
    ports.grade = Grade::failed;
    ports.text = "Packets from outside reach the relay's ports, but what it sends from them does not arrive here.";
    ports.remedy = "Let the server's firewall pass UDP from its relay's ports (--relay-ports) out to everywhere.";
    return {place, ports};
  }
  const auto wrong_place = [&](const IpAddress& right) {
    place.grade = Grade::failed;
    place.text = "Relayed addresses are given out at " + shown.to_string() + ", but the server is at " +
                 right.to_string() + ": what is sent to them does not arrive.";
    place.remedy = "Start the server with --public-address " + right.to_string() + '.';
    return Findings{place};
  };
  if (facts.permission_here.succeeded()) {
    if (facts.came_from && facts.came_from->address != shown) return wrong_place(facts.came_from->address);
    if (!facts.came_from && !same) return wrong_place(reached);
    place.text = "Relayed addresses are at " + shown.to_string() + ", the server's own.";
    ports.grade = Grade::failed;
    ports.text =
        "Packets from outside do not arrive at the relay's UDP ports (tried " + facts.relayed->to_string() + ").";
    ports.remedy =
        "Let the server's firewall, and the router or cloud before it, pass the ports of --relay-ports: ufw allow "
        "49152:65535/udp, unless you chose others.";
    return {place, ports};
  }
  // No relay lets anyone reach a private address: this machine cannot play the peer.
  if (!same && (!facts.round_trip || (is_private(shown) && !is_private(reached)))) return wrong_place(reached);
  place.grade = same ? Grade::passed : Grade::skipped;
  place.text = same ? "Relayed addresses are at " + shown.to_string() + ", the server's own."
                    : "Relayed addresses are at " + shown.to_string() + ", the server was reached at " +
                          reached.to_string() + ": right only if both are one machine.";
  return {place, skipped(std::move(ports),
                         "The server sees this machine at a private address, where no relay sends anything, so nobody "
                         "can try from here whether its ports are reached.")};
}

}  // namespace plntry::doctor
