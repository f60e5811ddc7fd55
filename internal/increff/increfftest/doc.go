// Package increfftest is what the simulators on the seller's side, erptest and warehousetest, have in common:
// calling the gateway as an Increff-integrated system does, and answering in Increff's error shape.
package increfftest
