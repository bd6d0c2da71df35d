package main

import (
	"context"
	"errors"
	"os/signal"
	"strconv"

	"golang.org/x/sys/unix"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

// Judges the first packet of each connection by the cluster's NetworkPolicies. What comes into the queue is the
// caller's to choose, by a rule of iptables: the controller's own rules need a module (nft_queue) that not every kernel
// has, and where they cannot be made it goes on without them. A packet that nobody judges is dropped.
func enforceNetworkPolicies(arguments []string) error {
	if len(arguments) != 3 {
		return errors.New("expected a kubeconfig, the name of the node and the number of a queue")
	}
	queue, err := strconv.Atoi(arguments[2])
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", arguments[0])
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM)
	defer stop()
	informer := informers.NewSharedInformerFactory(client, 0)
	controller, err := networkpolicy.NewController(
		client,
		informer.Networking().V1().NetworkPolicies(),
		informer.Core().V1().Namespaces(),
		informer.Core().V1().Pods(),
		nil, nil, nil, nil,
		networkpolicy.Config{QueueID: queue, NodeName: arguments[1]},
	)
	if err != nil {
		return err
	}
	informer.Start(ctx.Done())
	return controller.Run(ctx)
}
