# What a person does with the samples. Sourced by exercise-sample.sh.

shop_takes_orders() {
  grep -q "curl $url/metrics" "$work/all.log" || fail all 'npm start did not print what to try'
  answers '"name":"Ada"' "$url/users" -H "$json" -d '{"name":"Ada","email":"ada@example.com"}'
  answers '"isPaid":true' "$url/orders" -H "$json" -d "$teapot"
  answers '"requests":3' "$url/external/payments/1"
  eventually 'We have your order 1' "$url/mail/outbox"
  answers '"stack":"QueueDriver","queue":"queue"' "$url/explain/order.placed"
  answers '"isPaid":false' "$url/orders?driver=background" -H "$json" -d "$teapot"
  answers "There is no driver 'pigeon'" "$url/orders?driver=pigeon" -H "$json" -d "$teapot"
  answers '"isReserved":false' "$url/orders" -H "$json" -d '{"item":"kettle","quantity":1}'
  answers '"listenerId":"ReserveStock"' "$url/failed"
  answers '"teapot"' -X PUT "$url/stock/kettle" -H "$json" -d '{"quantity":5}'
  answers '{"redriven":1}' -X POST "$url/failed/redrive"
  answers '"successfulDispatches":2' "$url/metrics"
}

mail_fails_and_is_redriven() {
  answers '{"isWorking":false}' -X POST "$url/mail/break"
  answers '"isPaid":true' "$url/orders" -H "$json" -d '{"item":"teapot","quantity":9}'
  eventually 'The mail server is out of order' "$url/failed"
  answers '"failed":1' "$url/queues"
  answers '{"isWorking":true}' -X POST "$url/mail/repair"
  answers '{"redriven":1}' -X POST "$url/failed/redrive"
  eventually '9 x teapot' "$url/mail/outbox"
  answers '[]' "$url/failed"
}

postcards_are_sent() {
  answers '"accepted"' "$url/postcards" -H "$json" -d '{"to":"Ada","text":"Greetings"}'
  eventually ': Greetings' "$url/postcards/sent"
  answers '{"isOpen":false}' -X POST "$url/post-office/close"
  answers '"accepted"' "$url/postcards" -H "$json" -d '{"to":"Ada","text":"In vain"}'
  eventually '"reason":"The post office is closed","attempts":3' "$url/failed"
  answers '{"isOpen":true}' -X POST "$url/post-office/open"
  answers '{"redriven":1}' -X POST "$url/failed/redrive"
  eventually ': In vain' "$url/postcards/sent"
  answers '[]' "$url/failed"
}

orders_are_on_the_board() {
  answers '"accepted"' "$url/orders" -H "$json" -d "$teapot"
  eventually '2 x teapot' "$url/mails"
  answers '"accepted"' "$url/orders" -H "$json" -d '{"item":"kettle","quantity":1}'
  eventually '"listenerId":"Warehouse.reserve"' "$url/failed"
  answers "for the user 'admin'" "$url/queues"
  answers "for the user 'admin'" -u admin:guess "$url/queues/api/queues"
  answers '<title>' -u admin:sesame "$url/queues"
  answers '"name":"orders"' -u admin:sesame "$url/queues/api/queues"
  answers 'order-placed for Mailer.send' -u admin:sesame "$url/queues/api/queues?activeQueue=orders&status=completed"
  answers '"kettle":1' "$url/stock" -H "$json" -d '{"item":"kettle","quantity":1}'
  answers '{"redriven":1}' -X POST "$url/failed/redrive"
  eventually '"completed":4' -u admin:sesame "$url/queues/api/queues"
}
