package main

import (
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"

	"github.com/coredns/coredns/coremain"
)

// The cluster's DNS. Without a plugin that forwards: no name outside the cluster can be resolved, or asked for.
func serveNames() int {
	coremain.Run()
	return 0
}
