// A TURN server on pion/turn, as its own example makes one, with TCP too: pion ADDRESS:PORT USER PASSWORD
package main

import (
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/pion/turn/v2"
)

const realm = "bench"

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: pion ADDRESS:PORT USER PASSWORD")
	}
	listen, user, key := os.Args[1], os.Args[2], turn.GenerateAuthKey(os.Args[2], realm, os.Args[3])
	udp, err := net.ListenPacket("udp4", listen)
	if err != nil {
		log.Fatal(err)
	}
	tcp, err := net.Listen("tcp4", listen)
	if err != nil {
		log.Fatal(err)
	}
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		log.Fatal(err)
	}
	relays := &turn.RelayAddressGeneratorStatic{RelayAddress: net.ParseIP(host), Address: host}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: realm,
		AuthHandler: func(name, _ string, _ net.Addr) ([]byte, bool) {
			return key, name == user
		},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: udp, RelayAddressGenerator: relays}},
		ListenerConfigs:   []turn.ListenerConfig{{Listener: tcp, RelayAddressGenerator: relays}},
	})
	if err != nil {
		log.Fatal(err)
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	<-ended
	_ = server.Close()
}
