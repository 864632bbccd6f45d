// Between our endpoints and Asio's. A v4-mapped address becomes the IPv4 address that it stands for.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/basic_endpoint.hpp>

#include "base/endpoint.hpp"

namespace plntry::net {

inline IpAddress from_asio(const boost::asio::ip::address& address) {
  return (address.is_v4() ? IpAddress::v4(address.to_v4().to_bytes()) : IpAddress::v6(address.to_v6().to_bytes()))
      .unmapped();
}

inline boost::asio::ip::address to_asio(const IpAddress& address) {
  const Bytes bytes = address.bytes();
  if (address.is_v4()) {
    return boost::asio::ip::address_v4{{bytes[0], bytes[1], bytes[2], bytes[3]}};
  }
  boost::asio::ip::address_v6::bytes_type v6;
  for (std::size_t i = 0; i < v6.size(); ++i) v6[i] = bytes[i];
  return boost::asio::ip::address_v6{v6};
}

template <typename Protocol>
Endpoint from_asio(const boost::asio::ip::basic_endpoint<Protocol>& endpoint) {
  return {from_asio(endpoint.address()), endpoint.port()};
}

template <typename Protocol>
boost::asio::ip::basic_endpoint<Protocol> to_asio(const Endpoint& endpoint) {
  return {to_asio(endpoint.address), endpoint.port};
}

}  // namespace plntry::net
