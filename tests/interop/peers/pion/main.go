// Pion's TURN client: two allocations on one server that talk to each other and to a peer without a relay. Every
// transport that pion's client speaks over a net.PacketConn: UDP, TCP (STUNConn frames it), TLS. Prints what arrived.
package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v2"
)

const patience = 10 * time.Second

type report struct {
	ToPeer    int    `json:"toPeer"`
	FromPeer  int    `json:"fromPeer"`
	Between   int    `json:"between"`
	Reflexive string `json:"reflexive"`
	Relayed   string `json:"relayed"`
}

func must(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func connect(transport, server string) net.PacketConn {
	host, _, err := net.SplitHostPort(server)
	must("the server's address", err)
	switch transport {
	case "udp":
		conn, err := net.ListenPacket("udp", net.JoinHostPort(host, "0"))
		must("a UDP socket", err)
		return conn
	case "tcp":
		conn, err := net.Dial("tcp", server)
		must("connecting", err)
		return turn.NewSTUNConn(conn)
	case "tls":
		conn, err := tls.Dial("tcp", server, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"stun.turn"}})
		must("connecting with TLS", err)
		return turn.NewSTUNConn(conn)
	}
	must("the transport", fmt.Errorf("%q is none", transport))
	return nil
}

func allocate(transport, server, user, password string) (*turn.Client, net.PacketConn) {
	client, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: server,
		TURNServerAddr: server,
		Conn:           connect(transport, server),
		Username:       user,
		Password:       password,
		Realm:          "plntry",
		LoggerFactory:  logging.NewDefaultLoggerFactory(),
	})
	must("a client", err)
	must("listening", client.Listen())
	relayed, err := client.Allocate()
	must("allocating", err)
	return client, relayed
}

// Sends `count` datagrams from one to the other, which must come whole and in number. The first waits for its answer
// before the rest follow: pion binds its channel behind it.
func carry(from net.PacketConn, to net.PacketConn, target net.Addr, count int) int {
	arrived := 0
	buffer := make([]byte, 1600)
	for i := 0; i < count; i++ {
		message := "message " + strconv.Itoa(i)
		_, err := from.WriteTo([]byte(message), target)
		must("sending", err)
		must("a deadline", to.SetReadDeadline(time.Now().Add(patience)))
		size, _, err := to.ReadFrom(buffer)
		must("receiving "+message, err)
		if string(buffer[:size]) == message {
			arrived++
		}
	}
	return arrived
}

func main() {
	transport, server, user, password := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	count, err := strconv.Atoi(os.Args[5])
	must("the count", err)
	host, _, _ := net.SplitHostPort(server)

	a, relayedA := allocate(transport, server, user, password)
	b, relayedB := allocate(transport, server, user, password)
	peer, err := net.ListenPacket("udp", net.JoinHostPort(host, "0"))
	must("a peer", err)
	var told report
	told.Relayed = relayedA.LocalAddr().String()
	if transport == "udp" {
		reflexive, err := a.SendBindingRequest()
		must("a Binding request", err)
		told.Reflexive = reflexive.String()
	}
	told.ToPeer = carry(relayedA, peer, peer.LocalAddr(), count)
	told.FromPeer = carry(peer, relayedA, relayedA.LocalAddr(), count)
	// Each names the other as its peer, so that both have the permission.
	_, err = relayedB.WriteTo([]byte("hello"), relayedA.LocalAddr())
	must("a first word", err)
	told.Between = carry(relayedA, relayedB, relayedB.LocalAddr(), count)

	must("giving back", relayedA.Close())
	must("giving back", relayedB.Close())
	a.Close()
	b.Close()
	must("telling", json.NewEncoder(os.Stdout).Encode(told))
}
