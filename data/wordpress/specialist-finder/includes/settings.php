<?php
/**
 * The page of settings. WordPress checks the nonce of its form, and who may send it, in options.php.
 *
 * @package SpecialistFinder
 */

defined( 'ABSPATH' ) || exit;

/**
 * Put the page into the menu of settings.
 */
function specialist_finder_admin_menu() {
	add_options_page(
		__( 'Specialist Finder', 'specialist-finder' ),
		__( 'Specialist Finder', 'specialist-finder' ),
		'manage_options',
		'specialist-finder',
		'specialist_finder_settings_page'
	);
}

/**
 * Say which option the form may change, and how it is checked before it is kept.
 */
function specialist_finder_admin_init() {
	register_setting(
		'specialist_finder',
		SPECIALIST_FINDER_OPTION,
		array(
			'type'              => 'array',
			'sanitize_callback' => 'specialist_finder_sanitize',
			'show_in_rest'      => false,
			'default'           => array(),
		)
	);
}

/**
 * Return settings that may be kept; what cannot be used stays as it was, and is told.
 *
 * @param mixed $given What the form sent.
 * @return array
 */
function specialist_finder_sanitize( $given ) {
	$given   = is_array( $given ) ? $given : array();
	$before  = specialist_finder_settings();
	$checked = specialist_finder_checked_settings( $given );
	$told    = array(
		'address' => __( 'The finder\'s address must be like https://finder.example.org.', 'specialist-finder' ),
		'key'     => __( 'The site key has small letters, digits and dashes, 4 to 40 of them.', 'specialist-finder' ),
		'phone'   => __( 'The phone number must have ten digits, or begin with + and the country.', 'specialist-finder' ),
	);
	foreach ( $told as $name => $sentence ) {
		if ( '' === $checked[ $name ] && '' !== specialist_finder_text( $given, $name ) ) {
			$checked[ $name ] = $before[ $name ];
			add_settings_error( SPECIALIST_FINDER_OPTION, 'specialist_finder_' . $name, $sentence );
		}
	}
	return $checked;
}

/**
 * Return the links of the plugin's row in the list of plugins, with one to the settings before the others.
 *
 * @param string[] $links Links.
 * @return string[]
 */
function specialist_finder_action_links( $links ) {
	$address = admin_url( 'options-general.php?page=specialist-finder' );
	array_unshift( $links, '<a href="' . esc_url( $address ) . '">' . esc_html__( 'Settings', 'specialist-finder' ) . '</a>' );
	return $links;
}

/**
 * Show the page.
 */
function specialist_finder_settings_page() {
	if ( ! current_user_can( 'manage_options' ) ) {
		wp_die( esc_html__( 'You may not change these settings.', 'specialist-finder' ) );
	}
	$settings = specialist_finder_settings();
	$variants = array(
		'iframe'  => __( 'A frame: no script of your pages can read what is asked in it. Best where trackers run.', 'specialist-finder' ),
		'element' => __( 'An element: drawn as a part of your page, whose scripts can read it.', 'specialist-finder' ),
		'link'    => __( 'A link and a form, to the finder\'s own page.', 'specialist-finder' ),
	);
	?>
	<div class="wrap">
		<h1><?php esc_html_e( 'Specialist Finder', 'specialist-finder' ); ?></h1>
		<p><?php esc_html_e( 'Write [specialist_finder condition="labral-tear"] into a page, or add the block Specialist Finder.', 'specialist-finder' ); ?></p>
		<form action="options.php" method="post">
			<?php settings_fields( 'specialist_finder' ); ?>
			<table class="form-table" role="presentation">
				<?php
				specialist_finder_field( 'address', 'url', __( 'Address of your finder', 'specialist-finder' ), $settings['address'], 'https://finder.example.org' );
				specialist_finder_field( 'key', 'text', __( 'Site key', 'specialist-finder' ), $settings['key'], 'our-website' );
				specialist_finder_field( 'phone', 'tel', __( 'Phone number for patients', 'specialist-finder' ), $settings['phone'], '804-555-0100' );
				?>
				<tr>
					<th scope="row"><?php esc_html_e( 'How it is shown', 'specialist-finder' ); ?></th>
					<td><fieldset>
						<legend class="screen-reader-text"><?php esc_html_e( 'How it is shown', 'specialist-finder' ); ?></legend>
						<?php foreach ( $variants as $variant => $label ) : ?>
							<p><label><input type="radio" name="<?php echo esc_attr( SPECIALIST_FINDER_OPTION ); ?>[variant]" value="<?php echo esc_attr( $variant ); ?>"<?php checked( $settings['variant'], $variant ); ?>>
							<?php echo esc_html( $label ); ?></label></p>
						<?php endforeach; ?>
					</fieldset></td>
				</tr>
				<tr>
					<th scope="row"><?php esc_html_e( 'Privacy', 'specialist-finder' ); ?></th>
					<td><label><input type="checkbox" name="<?php echo esc_attr( SPECIALIST_FINDER_OPTION ); ?>[posts]" value="1"<?php checked( $settings['posts'] ); ?>>
					<?php esc_html_e( 'The finder keeps questions out of addresses (FINDER_PRIVATE_SEARCH=post)', 'specialist-finder' ); ?></label></td>
				</tr>
			</table>
			<?php submit_button(); ?>
		</form>
	</div>
	<?php
}

/**
 * Show one field of the form.
 *
 * @param string $name    Name of the setting.
 * @param string $type    Type of the field.
 * @param string $label   Its label.
 * @param string $value   What it holds.
 * @param string $example An example.
 */
function specialist_finder_field( $name, $type, $label, $value, $example ) {
	$id = 'specialist-finder-' . $name;
	?>
	<tr>
		<th scope="row"><label for="<?php echo esc_attr( $id ); ?>"><?php echo esc_html( $label ); ?></label></th>
		<td><input class="regular-text" id="<?php echo esc_attr( $id ); ?>" type="<?php echo esc_attr( $type ); ?>" name="<?php echo esc_attr( SPECIALIST_FINDER_OPTION . '[' . $name . ']' ); ?>" value="<?php echo esc_attr( $value ); ?>" placeholder="<?php echo esc_attr( $example ); ?>"></td>
	</tr>
	<?php
}
