<?php

declare(strict_types=1);

/*
 * Loads the extension as FreshRSS does, by its metadata, and does what standard input says in JSON: "configure" (a form that
 * was sent), "entries" to insert, "view". Whatever PHP has to complain of is an exception.
 */

error_reporting(E_ALL);
set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
	throw new ErrorException($message, 0, $level, $file, $line);
});

require __DIR__ . '/stand_ins.php';

$folder = $argv[1];
$metadata = json_decode(file_get_contents($folder . '/metadata.json'), true, 512, JSON_THROW_ON_ERROR);
require $folder . '/extension.php';
$class = $metadata['entrypoint'] . 'Extension';
/** @var Minz_Extension $extension */
$extension = new $class($metadata + ['path' => $folder]);
$extension->init();

$asked = json_decode(file_get_contents('php://stdin'), true, 512, JSON_THROW_ON_ERROR);
if (isset($asked['configure'])) {
	Minz_Request::$isPost = true;
	Minz_Request::$params = $asked['configure'];
	$extension->handleConfigureAction();
	Minz_Request::$isPost = false;
	Minz_Request::$params = [];
	$extension->handleConfigureAction();
}
$entries = [];
foreach ($asked['entries'] ?? [] as $given) {
	$entry = new FreshRSS_Entry(1, $given['guid'] ?? 'guid-1', $given['title'] ?? '', base64_decode($given['content']), 'https://house.example/1', '<figure>enclosure</figure>');
	$hash = $entry->hash();
	$start = hrtime(true);
	$inserted = Minz_ExtensionManager::callHook('entry_before_insert', $entry);
	$entries[] = [
		'is_same' => $inserted === $entry,
		'content' => base64_encode($inserted->content(false)),
		'has_hash_of_the_feed' => $inserted->hash() === $hash,
		'seconds' => (hrtime(true) - $start) / 1e9,
	];
}
echo json_encode([
	'metadata' => $metadata,
	'hooks' => array_keys(Minz_ExtensionManager::$hooks),
	'entries' => $entries,
	'warnings' => Minz_Log::$warnings,
	'view' => isset($asked['view']) ? $extension->getConfigureView() : null,
], JSON_THROW_ON_ERROR);
