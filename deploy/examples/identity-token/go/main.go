// A service that believes nobody but cogate. keyfunc fetches the keys, keeps them, and looks again when a key is new.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

type claims struct {
	Username string `json:"username"`
	jwt.RegisteredClaims
}

func main() {
	keys, err := keyfunc.NewDefault([]string{os.Getenv("KEYS_URL")})
	if err != nil {
		log.Fatal(err)
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"ES256"}),
		jwt.WithIssuer(os.Getenv("ISSUER")),
		jwt.WithAudience(os.Getenv("AUDIENCE")),
		jwt.WithExpirationRequired(),
		jwt.WithLeeway(5*time.Second),
	)
	service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var caller claims
		_, err := parser.ParseWithClaims(r.Header.Get("X-Cogate-Identity"), &caller, keys.Keyfunc)
		if err != nil || caller.Subject == "" {
			http.Error(w, "Not signed by the gate.", http.StatusUnauthorized)
			return
		}
		name := caller.Username
		if name == "" {
			name = caller.Subject
		}
		fmt.Fprintln(w, name)
	})
	server := http.Server{Addr: "127.0.0.1:" + port(), Handler: service, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

func port() string {
	if text := os.Getenv("PORT"); text != "" {
		return text
	}
	return "3000"
}
