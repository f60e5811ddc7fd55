package workflows

import (
	"encoding/json"
	"fmt"

	"go.temporal.io/sdk/workflow"
)

// listen takes one kind of signal for as long as the workflow runs. Messages may come early, twice and in any order:
// id names the document that a message stands for, and a document is taken once. A second content under the same id
// changes nothing but is reported through note, as is a message that cannot be read. Where a message may follow that
// differs and still counts, id is nil and the whole content tells messages apart.
//
// take and note only set fields; the main line waits for them, so that the business process reads from top to
// bottom.
func listen[T any](ctx workflow.Context, signal string, id func(T) string, take func(T), note func(string)) {
	messages := workflow.GetSignalChannel(ctx, signal)
	workflow.GoNamed(ctx, signal, func(ctx workflow.Context) {
		taken := map[string]string{}
		for {
			var raw json.RawMessage
			messages.Receive(ctx, &raw)
			var message T
			if err := json.Unmarshal(raw, &message); err != nil {
				note(fmt.Sprintf("A signal %s could not be read and was ignored: %v", signal, err))
				continue
			}
			content, err := json.Marshal(message)
			if err != nil {
				note(fmt.Sprintf("A signal %s could not be read and was ignored: %v", signal, err))
				continue
			}
			key := string(content)
			if id != nil {
				key = id(message)
			}
			earlier, again := taken[key]
			switch {
			case !again:
				taken[key] = string(content)
				take(message)
			case earlier != string(content):
				note(fmt.Sprintf("A second, different %s for %s was ignored; the first one stands", signal, key))
			}
		}
	})
}
