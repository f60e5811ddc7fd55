// Package world says what will happen outside vmsflow in a demo or an end-to-end test: which orders come in at
// Ajio, and what their customers, the ERP and the warehouse do about each of them. The demo makes a world and
// hands it as JSON to the simulator, which plays it; the audit compares with it how every order ended.
//
// A world follows from its options alone, its seed among them. Of the simulators it knows Ajio's catalogue.
package world
