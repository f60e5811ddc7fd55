package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Manifest is a handover of parcels to a carrier as Ajio answered it.
type Manifest struct {
	Pob            string
	Key            string // the warehouse's manifestId, else a hash of the set of orders
	AjioManifestID string
	Carrier        string
	URL            string            `db:"url"`       // of Ajio's manifest document; may be empty
	OrderIDs       []string          `db:"order_ids"` // that Ajio took, at most 250
	Refused        map[string]string // the others: order id to Ajio's reason
}

// SaveManifest records a manifest and gives its id to its orders; an order that stands in a manifest already keeps
// that one. A repeat replaces carrier, URL, orders and refusals; another Ajio id for the same key is ErrConflict.
func (db *DB) SaveManifest(ctx context.Context, m Manifest) error {
	refused := make(map[string]string, len(m.Refused))
	for orderID, why := range m.Refused {
		refused[orderID] = withoutNUL(why)
	}
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		stored, err := one(ctx, tx, pgx.RowTo[string], `
			INSERT INTO manifests (pob, key, ajio_manifest_id, carrier, url, order_ids, refused)
			VALUES ($1, $2, $3, $4, $5, COALESCE($6, '{}'::text[]), $7)
			ON CONFLICT (pob, key) DO UPDATE
			SET carrier = EXCLUDED.carrier, url = EXCLUDED.url, order_ids = EXCLUDED.order_ids, refused = EXCLUDED.refused
			RETURNING ajio_manifest_id`, m.Pob, m.Key, m.AjioManifestID, withoutNUL(m.Carrier), withoutNUL(m.URL), m.OrderIDs, refused)
		if err != nil {
			return err
		}
		if stored != m.AjioManifestID {
			return fmt.Errorf("it is %s at Ajio, not %s: %w", stored, m.AjioManifestID, ErrConflict)
		}
		// Locked in order, as another manifest may name the same orders.
		return exec(ctx, tx, `
			UPDATE orders SET manifest_id = $3
			WHERE id IN (
				SELECT id FROM orders
				WHERE pob = $1 AND order_id = ANY ($2) AND manifest_id IS NULL
				ORDER BY order_id FOR NO KEY UPDATE
			)`, m.Pob, m.OrderIDs, m.AjioManifestID)
	})
	if err != nil {
		return fmt.Errorf("save manifest %s of POB %s: %w", m.Key, m.Pob, err)
	}
	return nil
}

// FindManifest reads the manifest with Ajio's id in any of the POBs, or ErrNotFound.
func (db *DB) FindManifest(ctx context.Context, ajioManifestID string, pobs []string) (Manifest, error) {
	m, err := one(ctx, db.pool, pgx.RowToStructByName[Manifest], `
		SELECT pob, key, ajio_manifest_id, carrier, url, order_ids, refused FROM manifests
		WHERE ajio_manifest_id = $1 AND pob = ANY ($2)`, ajioManifestID, pobs)
	if err != nil {
		return Manifest{}, fmt.Errorf("manifest %s: %w", ajioManifestID, err)
	}
	return m, nil
}
